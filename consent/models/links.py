"""Consent in the middle of an agency's service: one-time links, and the addresses that they may lead back to."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.fields import KeyField
from portal.trail.ids import new_id

Q = models.Q


class ReturnAddress(models.Model):
    """Where an agency's services may have people sent back to; compared letter by letter (as RFC 9700, 4.1.3)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    url = models.CharField(_("address"), max_length=500)
    registered_by = models.CharField(_("registered by"), max_length=120)
    registered_at = models.DateTimeField(_("registered"))
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("return address")
        verbose_name_plural = _("return addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency", "url"], condition=Q(ended_at=None), name="consent_return_addresses_once"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="address_stands", exclude=["ended_at"]),
        ]

    def __str__(self) -> str:
        return self.url


class ConsentLink(models.Model):
    """A way for one person, once, to the questions that a service needs answered, and back to it.

    `holder_key` is who must sign in: the person whose data it is, or their representative. The link itself decides
    nothing: each of `consents` is answered on its own page.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    client = models.CharField(max_length=100)
    subject_key = KeyField()
    holder_key = KeyField()
    consents = ArrayField(models.UUIDField())
    return_url = models.CharField(max_length=500)
    state = models.CharField(max_length=500, default="", blank=True)  # the service's own, given back as it came
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject_key", "-made_at"], name="consent_links_of_a_person")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(consents__len__gte=1), name="consent_links_ask_something"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="consent_links_end_after_they_begin"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="link_stands", exclude=["used_at"]),
            pgtrigger.Protect(
                name="used_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__used_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
