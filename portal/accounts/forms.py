"""What the operator and an agency's administrator write into."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from portal.accounts import queries
from portal.accounts.models import ClerkRole
from portal.trail.actor import current

SCOPES = {
    "catalogue": _("register and revise datasets"),
    "holdings": _("report about whom a dataset holds records"),
    "sharing": _("report what was shared"),
    "consent.request": _("ask citizens for consent"),
    "consent.decide": _("ask whether a use is consented to"),
    "rights": _("answer rights requests"),
}
KEYS_HELP = _("A JWK set with one or two public keys. Without any, the system gets a secret.")
NETWORKS_HELP = _("One a line, such as 192.0.2.0/24. Without any, it may call from anywhere.")


class KeptForm(forms.Form):
    """A step that needs no words."""

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        """What stands in the fields before anybody writes."""
        return {}

    def answer(self) -> dict[str, Any]:
        """What the action takes; after is_valid()."""
        return dict(self.cleaned_data)


def _area(label: Any, help_text: Any, *, required: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 5, "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=8000, widget=widget)


def _scopes() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("scopes"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        choices=[(code, SCOPES.get(code, code)) for code in settings.OAUTH2_PROVIDER["SCOPES"]],
    )  # fmt: skip


class _ScopedForm(KeptForm):
    """Offers the scopes that the reader's agency was granted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency_id = current().agency_id
        if agency_id is None:  # the operator, who grants: all are offered
            return
        granted = queries.granted_scopes(agency_id)
        field = cast("forms.MultipleChoiceField", self.fields["scopes"])
        field.choices = [(code, SCOPES.get(code, code)) for code in granted]

    def answer(self) -> dict[str, Any]:
        return {**self.cleaned_data, "scopes": " ".join(self.cleaned_data["scopes"])}


class NewClientForm(_ScopedForm):
    name = forms.CharField(label=_("name"), max_length=100, widget=UnfoldAdminTextInputWidget)
    scopes = _scopes()
    jwks = _area(_("public keys"), KEYS_HELP)
    networks = _area(_("networks it may call from"), NETWORKS_HELP)

    def answer(self) -> dict[str, Any]:
        return {**super().answer(), "networks": self.cleaned_data["networks"].splitlines()}


class ScopesForm(_ScopedForm):
    scopes = _scopes()

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        return {"scopes": row.scopes.split()}


class KeysForm(KeptForm):
    jwks = _area(
        _("public keys"), _("Put the new key beside the old one, and take the old one out later."), required=True
    )


class NetworksForm(KeptForm):
    networks = _area(_("networks it may call from"), NETWORKS_HELP)

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        return {"networks": "\n".join(row.networks)}

    def answer(self) -> dict[str, Any]:
        return {"networks": self.cleaned_data["networks"].splitlines()}


class OverlapForm(KeptForm):
    days = forms.IntegerField(
        label=_("days for which the former secret works too"), min_value=0, max_value=30, initial=7,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        return {"days": 7}

    def answer(self) -> dict[str, Any]:
        return {"overlap": timedelta(days=self.cleaned_data["days"])}


class NewEndpointForm(KeptForm):
    url = forms.CharField(label=_("https address"), max_length=500, widget=UnfoldAdminTextInputWidget)


class RoleForm(KeptForm):
    role = forms.ChoiceField(label=_("role"), choices=ClerkRole.choices, widget=UnfoldAdminSelectWidget)

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        return {"role": row.role}

    def answer(self) -> dict[str, Any]:
        return {"role": ClerkRole(self.cleaned_data["role"])}


class GrantForm(KeptForm):
    scopes = _scopes()

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        return {"scopes": row.scopes.split()}

    def answer(self) -> dict[str, Any]:
        return {**self.cleaned_data, "scopes": " ".join(self.cleaned_data["scopes"])}


class NewGrantForm(GrantForm):
    agency: Any = forms.ModelChoiceField(label=_("agency"), queryset=None, widget=UnfoldAdminSelectWidget)
    field_order = ("agency", "scopes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = apps.get_model("catalogue.Agency")._default_manager.order_by("code")
        cast("forms.ModelChoiceField[Any]", self.fields["agency"]).queryset = agencies

    def answer(self) -> dict[str, Any]:
        given = super().answer()
        return {"agency_id": given["agency"].pk, "scopes": given["scopes"]}
