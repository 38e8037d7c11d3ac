"""Who holds data, and in which systems."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models.bases import Named, valid_code
from portal.catalogue.words import AgencyKind, Channel, Level, SystemStatus
from portal.trail.ids import new_id


class Agency(Named):  # type: ignore[django-manager-missing]  # of ApiClient, whose base has no types
    """A government body that answers for data (个人信息处理者)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(_("code"), max_length=80, unique=True, validators=[valid_code])
    kind = models.CharField(_("kind"), max_length=16, choices=AgencyKind, default=AgencyKind.DEPARTMENT)
    region = models.CharField(_("region"), max_length=16, blank=True, default="")  # division code, GB/T 2260
    level = models.CharField(_("level"), max_length=16, choices=Level, default=Level.CITY)
    contact = models.CharField(_("contact"), max_length=300, blank=True, default="")
    channel = models.CharField(_("how it works with the portal"), max_length=16, choices=Channel, default=Channel.CLERK)
    reports_sharing = models.BooleanField(_("reports what it shares"), default=False)
    active = models.BooleanField(_("active"), default=True)
    origin = models.CharField(_("taken over from"), max_length=16, blank=True, default="")

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ("code",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=AgencyKind.values), name="catalogue_agency_kind_known"),
            models.CheckConstraint(
                condition=models.Q(channel__in=Channel.values), name="catalogue_agency_channel_known"
            ),
        ]


class System(Named):
    """An information system of an agency (信息系统)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, verbose_name=_("agency"), on_delete=models.PROTECT, related_name="systems")
    code = models.CharField(_("code"), max_length=120, unique=True, validators=[valid_code])
    region = models.CharField(_("region"), max_length=16, blank=True, default="")
    level = models.CharField(_("level"), max_length=16, choices=Level, default=Level.CITY)
    contractor = models.CharField(_("contractor"), max_length=300, blank=True, default="")
    contract_until = models.DateField(_("contract until"), null=True, blank=True)  # the last day (Decree 809, 36)
    status = models.CharField(_("status"), max_length=16, choices=SystemStatus, default=SystemStatus.IN_USE)
    origin = models.CharField(_("taken over from"), max_length=16, blank=True, default="")

    class Meta:
        verbose_name = _("information system")
        verbose_name_plural = _("information systems")
        ordering = ("code",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=SystemStatus.values), name="catalogue_system_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(contractor="") | models.Q(contract_until__isnull=False) | ~models.Q(origin=""),
                name="catalogue_contractors_have_a_term",
            ),
        ]
