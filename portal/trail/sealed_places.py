"""Everything that is kept encrypted, so that a rotation misses none of it: settings.PORTAL_SEALED_PLACES names each.

A place that has no `rewrite` (files) stays under the key it was written with, which the secrets file keeps.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from portal.trail import vault
from portal.trail.canonical import plain


class SealedPlace(Protocol):
    """A table or a folder of sealed things."""

    is_rewritten: bool

    def versions(self) -> Mapping[str, int]:
        """How many sealed things stand under each version of the key."""


@dataclass(frozen=True)
class Rewritten:
    """What one batch did: how many rows stand under the new key now, which would not open, and where it ended."""

    rows: int
    unreadable: tuple[str, ...]
    last: Any = None  # nothing is left beyond it where None


@dataclass(frozen=True)
class SealedTable:
    """Sealed columns of one table. `columns` maps each to its place in the vault, with {} for the row's key."""

    model: str
    columns: Mapping[str, str]
    version_column: str = ""  # where the row itself says which version its columns have
    is_rewritten = True

    def versions(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for column in self.columns:
            end = f"position('\\x00'::bytea IN {column})"
            version = f"substring({column} FROM 1 FOR {end} - 1)"
            query = f"SELECT {version}, count(*) FROM {self._table} WHERE {end} > 0 GROUP BY 1"  # noqa: S608  # nosec B608  # our names
            for name, number in self._fetched(query):
                found[bytes(name).decode(errors="replace")] += number
        return found

    def rewrite(self, after: Any, limit: int) -> Rewritten:
        """Seal the next rows beyond the key `after` under the current key; the caller's transaction holds them."""
        mark = vault.current_version().encode() + b"\x00"
        old = " OR ".join(f"substring({column} FROM 1 FOR %s) <> %s" for column in self.columns)
        beyond = "" if after is None else f"{self._key} > %s AND "
        rows = self._fetched(
            f"SELECT {self._key}, {', '.join(self.columns)} FROM {self._table} WHERE {beyond}({old})"  # noqa: S608  # nosec B608  # our names
            f" ORDER BY {self._key} LIMIT %s FOR NO KEY UPDATE",
            *([] if after is None else [after]), *([len(mark), mark] * len(self.columns)), limit,
        )  # fmt: skip
        unreadable = tuple(name for key, *values in rows if (name := self._rewritten(key, values)))
        return Rewritten(len(rows) - len(unreadable), unreadable, rows[-1][0] if rows else None)

    def _rewritten(self, key: Any, values: list[Any]) -> str:
        """Write one row's columns anew; its name where it would not open, and then it is left as it was."""
        named = str(plain(key))
        try:
            fresh = {
                column: vault.resealed(bytes(value), place=place.format(named))
                for (column, place), value in zip(self.columns.items(), values, strict=True)
                if value is not None
            }
        except vault.Unreadable:
            return f"{self.model} {named}"
        if self.version_column:
            fresh[self.version_column] = vault.current_version()  # type: ignore[assignment]  # text beside bytes
        apps.get_model(self.model)._default_manager.filter(pk=key).update(**fresh)
        return ""

    @property
    def _table(self) -> str:
        return str(apps.get_model(self.model)._meta.db_table)

    @property
    def _key(self) -> str:
        return str(apps.get_model(self.model)._meta.pk.column)

    def _fetched(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, list(values) or None)
            return list(cursor.fetchall())


def places() -> Mapping[str, SealedPlace]:
    """Every place by its name."""
    return {name: import_string(path) for name, path in settings.PORTAL_SEALED_PLACES.items()}
