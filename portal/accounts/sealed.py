"""What people have sealed: see portal.trail.sealed_places."""

from portal.trail.sealed_places import SealedTable

COLUMNS = ("number", "name", "mail", "born_on")
people = SealedTable(
    model="accounts.Person",
    columns={f"{column}_sealed": f"accounts.person.{column}:{{}}" for column in COLUMNS},
    version_column="encryption_version",
)
contact_changes = SealedTable(
    model="accounts.ContactChange",
    columns={f"{column}_sealed": f"accounts.contactchange.{column}:{{}}" for column in ("mail", "old_mail")},
)
