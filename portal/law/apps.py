from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from portal.law.checks import jurisdictions_are_readable


class LawConfig(AppConfig):
    name = "portal.law"
    label = "law"
    verbose_name = _("Law")

    def ready(self) -> None:
        """Have the files read at every start."""
        register(jurisdictions_are_readable)
