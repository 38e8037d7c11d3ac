from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.inbox.models import MailWhen

LARGEST = 512 * 1024  # bytes of a document to check


class MailForm(forms.Form):
    mail = forms.EmailField(
        label=_("New mail address"),
        help_text=_("We send a link there. Only once you have opened it do we write to the new address."),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "usa-input", "autocomplete": "email"}),
    )


def _clock(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time", "class": "usa-input"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, input_formats=["%H:%M", "%H:%M:%S"])


class MailTimesForm(forms.Form):
    mail_when = forms.ChoiceField(label=_("Mail about messages"), choices=MailWhen.choices, widget=forms.RadioSelect)
    quiet_from = _clock(_("From (may be left empty)"))
    quiet_until = _clock(_("Until (may be left empty)"))


class CloseForm(forms.Form):
    take_back = forms.BooleanField(label=_("Take my open requests back"), required=False)
    withdraw = forms.BooleanField(label=_("Stop every use that I allow now"), required=False)
    sure = forms.BooleanField(
        label=_("I have read this and want to close my account"),
        error_messages={"required": _("Tick this to close the account.")},
    )


class VerifyForm(forms.Form):
    text = forms.CharField(
        label=_("Paste a receipt, a proof or a manifest"),
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 8, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or choose its file"), required=False, widget=forms.FileInput(attrs={"class": "usa-file"})
    )

    def clean(self) -> dict[str, Any]:
        """`document`: the text of whichever was given."""
        given = super().clean() or {}
        file = given.get("file")
        if file is not None and file.size > LARGEST:
            self.add_error("file", _("This file is too large to be a receipt, a proof or a manifest."))
            return given
        document = file.read().decode("utf-8", errors="replace") if file else given.get("text", "")
        if not document.strip() and not self.errors:
            self.add_error("text", _("Paste a document or choose its file."))
        return {**given, "document": document.strip()}
