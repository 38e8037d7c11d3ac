"""Triggers for tables whose rows are never changed or removed, whoever asks (privileges say it a second time)."""

import pgtrigger

APPEND_ONLY = (
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'pgtrigger: % is append-only', TG_TABLE_NAME;",
    ),
)
