"""What a row's own fields say about its values, as a refusal that names the field."""

from django.core.exceptions import ValidationError
from django.db import models

from portal.trail.errors import Invalid


def require_valid(row: models.Model) -> None:
    """Raise Invalid at the first field whose value is too long, no choice, or no code."""
    try:
        row.clean_fields()
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field=name) from error
