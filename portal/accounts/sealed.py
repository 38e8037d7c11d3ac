"""What people have sealed: see portal.trail.sealed_places."""

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from allauth.mfa.models import Authenticator

from portal.trail import vault
from portal.trail.sealed_places import Rewritten, SealedTable

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


class SecondFactors:
    """Secrets within what allauth keeps of a second factor: texts, in a JSON object, of a library that names no row."""

    is_rewritten = True
    PLACE: Final = "accounts.second_factor"
    SECRETS: Final = ("secret", "seed", "migrated_codes")  # of an app, of the recovery codes

    def sealed(self, text: str) -> str:
        return base64.b64encode(vault.seal(text, place=self.PLACE)).decode()

    def opened(self, sealed: str) -> str:
        """Raises vault.Unreadable."""
        return vault.open_sealed(_bytes(sealed), place=self.PLACE)

    def versions(self) -> Mapping[str, int]:
        rows = Authenticator.objects.values_list("data", flat=True).iterator()
        return Counter(vault.version_of(_bytes(text)) for data in rows for text in self._texts(data))

    def rewrite(self, after: Any, limit: int) -> Rewritten:
        """Seal the next rows beyond the key `after` under the current key; the caller's transaction holds them."""
        rows = list(Authenticator.objects.select_for_update().filter(pk__gt=after or 0).order_by("pk")[:limit])
        unreadable, fresh = [], []
        for row in rows:
            if {vault.version_of(_bytes(text)) for text in self._texts(row.data)} <= {vault.current_version()}:
                continue
            try:
                row.data = self._changed(row.data, lambda text: self.sealed(self.opened(text)))
            except vault.Unreadable:
                unreadable.append(f"mfa.Authenticator {row.pk}")
            else:
                fresh.append(row)
        Authenticator.objects.bulk_update(fresh, ["data"])
        return Rewritten(len(fresh), tuple(unreadable), rows[-1].pk if rows else None)

    def _texts(self, data: Mapping[str, Any]) -> list[str]:
        values = [data[name] for name in self.SECRETS if name in data]
        return [text for value in values for text in (value if isinstance(value, list) else [value])]

    def _changed(self, data: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
        def one(name: str, value: Any) -> Any:
            if name not in self.SECRETS:
                return value
            return [change(text) for text in value] if isinstance(value, list) else change(value)

        return {name: one(name, value) for name, value in data.items()}


def _bytes(text: str) -> bytes:
    """What was written as text; nothing, which opens nowhere, where it is no such text."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


second_factors = SecondFactors()
