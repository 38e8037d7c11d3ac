"""What connectors and their changes have sealed: see portal.trail.sealed_places."""

from portal.trail.sealed_places import SealedTable

connectors = SealedTable(
    model="rights.Connector",
    columns={"read_sealed": "rights.connector.read:{}", "write_sealed": "rights.connector.write:{}"},
)
executions = SealedTable(
    model="rights.Execution",
    columns={"wanted_sealed": "rights.connector.wanted:{}", "plan_sealed": "rights.connector.plan:{}"},
)
