"""The public register of who holds what, and what they may share."""

from django.db import models
from django.utils.translation import get_language, gettext_lazy as _

from portal.trail.ids import new_id


class Agency(models.Model):
    """A government body that answers for data (个人信息处理者)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(_("code"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
