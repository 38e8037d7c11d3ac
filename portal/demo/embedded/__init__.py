"""PostgreSQL and Redis for the demo and the tests, found on this machine or brought by a wheel.

Everybody who uses them holds a shared lock; a keeper process runs them for as long as anybody does. So they end
with their last user however that one ends, and a second command joins what the first one started. Production
names its services by environment variables and never comes here.
"""
