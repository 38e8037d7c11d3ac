"""What a reader may narrow their inbox to."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.inbox.kinds import TOPICS
from portal.inbox.queries import ASKING, UNREAD, Narrowed


class NarrowForm(forms.Form):
    """The two choices above the letters. One that is wrong says so and narrows nothing."""

    topic = forms.ChoiceField(
        label=_("About"),
        required=False,
        choices=[("", _("All")), *((code, words) for code, (words, _pages) in TOPICS.items())],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    show = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[("", _("All")), (UNREAD, _("Unread")), (ASKING, _("Questions to you"))],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )

    @property
    def narrowed(self) -> Narrowed:
        """What to show: every choice that is right."""
        self.full_clean()
        return Narrowed(self.cleaned_data.get("topic", ""), self.cleaned_data.get("show", ""))

    @property
    def query(self) -> str:
        """The choices as the beginning of an address, for the links to other pages."""
        chosen = {"topic": self.narrowed.topic, "show": self.narrowed.show}
        return "".join(f"{name}={value}&" for name, value in chosen.items() if value)
