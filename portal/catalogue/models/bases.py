"""What the catalogue's records share."""

import re
from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

CODE: Final = re.compile(r"^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\Z")
valid_code = RegexValidator(
    CODE, _("Use letters, digits, and single dots, dashes or underscores between them."), "code"
)


def in_readers_language(zh: str, en: str) -> str:
    """The text in the reader's language, or in the other where it has only one."""
    return (en or zh) if (get_language() or "").startswith("en") else (zh or en)


class Named(models.Model):
    """Has a name in both languages; `original_language` says it where an imported name is in neither."""

    name_zh = models.CharField(_("name in Chinese"), max_length=1000)
    name_en = models.CharField(_("name in English"), max_length=1000)
    original_language = models.CharField(_("language of the source"), max_length=8, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_readers_language(self.name_zh, self.name_en)
