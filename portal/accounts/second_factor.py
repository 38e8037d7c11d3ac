"""The second factor of staff: a passkey or the code of an app, kept by django-allauth; what we add to it.

An app's secret and the recovery codes are sealed like everything else that is secret at rest, and every change of a
factor stands in the trail.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import actions
from portal.accounts.models import User
from portal.accounts.sealed import second_factors


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # untyped in allauth
    """Names and seals what allauth keeps."""

    def encrypt(self, text: str) -> str:
        return second_factors.sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factors.opened(encrypted_text)

    def get_totp_issuer(self) -> str:
        return _("My Data Rights")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": _("My Data Rights")}


def next_step(user: User, *, back_to: str) -> str:
    """Where somebody goes whose second factor is missing: to show it, or to set one up first."""
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    types.discard(Authenticator.Type.RECOVERY_CODES)
    page = "mfa_index"
    if types:
        page = "mfa_reauthenticate" if Authenticator.Type.TOTP in types else "mfa_reauthenticate_webauthn"
    return f"{reverse(page)}?{urlencode({'next': back_to})}"


@receiver(authenticator_added)
def note_added(user: User, authenticator: Authenticator, **_more: Any) -> None:
    """The library's own news of a change; it has no other hook that sees every one of them."""
    actions.note_factor(user, "added", authenticator.type, at=timezone.now())


@receiver(authenticator_removed)
def note_removed(user: User, authenticator: Authenticator, **_more: Any) -> None:
    actions.note_factor(user, "removed", authenticator.type, at=timezone.now())
