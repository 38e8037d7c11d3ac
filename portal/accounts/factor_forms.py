"""allauth's forms in the site's look; and those for passkeys take whatever a browser sends: what is no credential is an
error at the form."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@contextmanager
def _or_no_passkey() -> Iterator[None]:
    """The library below reads the credential's parts without looking whether they are there."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ValidationError(_("This passkey did not answer as it should. Try again.")) from error


class InOurLook(forms.BaseForm):
    """Fields as the other pages have them: no text inside that goes away, and the style sheet's own class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.visible_fields():
            field.field.widget.attrs.pop("placeholder", None)
            field.field.widget.attrs["class"] = "usa-input"


class GivePassword(InOurLook, PasswordForm):  # type: ignore[misc]  # untyped in allauth
    pass


class GiveCode(InOurLook, AuthenticateForm):  # type: ignore[misc]  # untyped in allauth
    pass


class GiveCodeAgain(InOurLook, ReauthenticateForm):  # type: ignore[misc]  # untyped in allauth
    pass


class SetUpApp(InOurLook, ActivateTOTPForm):  # type: ignore[misc]  # untyped in allauth
    pass


class RenamePasskey(InOurLook, EditWebAuthnForm):  # type: ignore[misc]  # untyped in allauth
    pass


class AddPasskey(InOurLook, AddWebAuthnForm):  # type: ignore[misc]  # untyped in allauth
    def clean(self) -> dict[str, Any]:
        with _or_no_passkey():
            return super().clean() or {}


class ShowPasskey(AuthenticateWebAuthnForm):  # type: ignore[misc]  # untyped in allauth
    def clean_credential(self) -> Authenticator:
        with _or_no_passkey():
            return super().clean_credential()


class ShowPasskeyAgain(ReauthenticateWebAuthnForm):  # type: ignore[misc]  # untyped in allauth
    def clean_credential(self) -> Authenticator:
        with _or_no_passkey():
            return super().clean_credential()
