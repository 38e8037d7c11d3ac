"""Answering for a department from its own database: an SQL mapping, reading, and writing that two people approve."""
