"""What representations have sealed: see portal.trail.sealed_places."""

from portal.trail.sealed_places import SealedTable

names = SealedTable(
    model="representation.Representation",
    columns={f"{column}_sealed": f"representation.{column}:{{}}" for column in ("represented", "representative")},
)
