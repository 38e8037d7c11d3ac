"""Column types that the records of the portal share."""

from typing import Any

from django.db import models


class BytesField(models.BinaryField):  # type: ignore[type-arg]  # not subscriptable at run time
    """`bytea` that always reads as bytes (psycopg gives a memoryview for some queries)."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else bytes(value)

    def to_python(self, value: Any) -> Any:
        return bytes(value) if isinstance(value, memoryview) else super().to_python(value)


class KeyField(BytesField):
    """A subject key: 16 random bytes, issued once to a person and never changed (design, section 4)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 16
        super().__init__(*args, **kwargs)
