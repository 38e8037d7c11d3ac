"""What endpoints have sealed: see portal.trail.sealed_places."""

from portal.trail.sealed_places import SealedTable

endpoints = SealedTable(
    model="outbox.Endpoint",
    columns={
        "secret_sealed": "outbox.endpoint:{}",
        "former_secret_sealed": "outbox.endpoint:{}",
    },
)
