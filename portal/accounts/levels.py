"""How surely somebody is known: the identity provider says so at each sign-in (`acr`), acts ask for it."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(TextChoices):
    """In rising order; the names are those of Regulation (EU) 910/2014, article 8, without its lowest."""

    BASE = "base", _("a plain sign-in")
    SUBSTANTIAL = "substantial", _("a second confirmation that it is you")
    HIGH = "high", _("a confirmation in person or by a secured document")

    def reaches(self, wanted: "Level") -> bool:
        """Whether this is `wanted` or surer."""
        return RISING.index(self) >= RISING.index(wanted)


RISING: Final = tuple(Level)
