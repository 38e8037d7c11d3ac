"""Packages that people have moved to another controller: who takes them over, and each on its way."""

from typing import ClassVar

from django.db import models

from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id

Q = models.Q


class Receiver(models.Model):
    """A controller whose system takes over what people move to it (Network Data Security Regulation 25; GDPR 20(2))."""

    agency = models.OneToOneField("catalogue.Agency", primary_key=True, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()


class Transfer(models.Model):
    """A package offered to a controller, fetched by its system, and acknowledged with the hash of what came."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey("rights.RightsRequest", on_delete=models.PROTECT, related_name="transfers")
    number = models.CharField(max_length=20)  # the request's, which its receiver does not see
    subject_key = KeyField()
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = BytesField(max_length=32)
    stored_as = models.CharField(max_length=80, blank=True)  # none once the package was erased
    offered_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    receipt = models.TextField(default="", blank=True)  # compact JWS: what came, to whom, when

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "id"], name="rights_transfers_to_an_agency")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "agency"], name="rights_moved_once_to_each"),
            models.CheckConstraint(
                condition=Q(received_at=None, receipt="") | (Q(received_at__isnull=False) & ~Q(receipt="")),
                name="rights_received_transfers_have_a_receipt",
            ),
        ]
