"""Everything people are told, in one table: what it says, and the page it leads to.

Texts are rendered when they are read, in the reader's language. `%(agency)s` and the like come from the letter's
parameters; one that ends in _zh or _en is offered without its ending in that language. A mail carries the subject
alone and a link: what it is about is read after signing in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Kind:
    """One kind of letter. `page` is a URL name that takes the id of what the letter is about."""

    subject: Text
    body: Text
    page: str
    needs_answer: bool = False


CONSENT, REQUEST, REPRESENTATION = "consent:consent", "rights:request", "representation:one"
SHARING, CHECK = "ledger:event", "ledger:check"
APPEAL, COMPLAINT = "rights:appeal", "rights:complaint"
KINDS: Mapping[str, Kind] = {
    "consent_asked": Kind(
        _("%(agency)s asks for your consent"),
        _("%(agency)s asks to use your data for: %(purpose)s. Nothing is shared unless you allow it."),
        CONSENT,
        needs_answer=True,
    ),
    "consent_given": Kind(
        _("You allowed a use of your data"),
        _("You allowed %(agency)s to use your data for: %(purpose)s. You can stop this at any time."),
        CONSENT,
    ),
    "consent_refused": Kind(
        _("You refused a use of your data"),
        _("You did not allow %(agency)s to use your data for: %(purpose)s."),
        CONSENT,
    ),
    "consent_withdrawn": Kind(
        _("You stopped a use of your data"),
        _("%(agency)s may no longer use your data for: %(purpose)s. What was done before stays done."),
        CONSENT,
    ),
    "consent_paused": Kind(
        _("You paused a use of your data"),
        _("%(agency)s may not use your data for: %(purpose)s, until you resume it."),
        CONSENT,
    ),
    "consent_resumed": Kind(
        _("You resumed a use of your data"),
        _("%(agency)s may use your data again for: %(purpose)s."),
        CONSENT,
    ),
    "consent_shortened": Kind(
        _("You made a use of your data end sooner"),
        _("%(agency)s may use your data for a shorter time for: %(purpose)s."),
        CONSENT,
    ),
    "consent_asked_anew": Kind(
        _("What you allowed has changed, and you are asked anew"),
        _("%(agency)s changed what you had allowed: %(purpose)s. It has stopped; nothing goes on unless you allow it."),
        CONSENT,
        needs_answer=True,
    ),
    "consent_expired": Kind(
        _("A consent of yours has ended"),
        _("The time is over for which you allowed %(agency)s to use your data for: %(purpose)s."),
        CONSENT,
    ),
    "request_submitted": Kind(
        _("We have your request"),
        _("Your request %(number)s is on its way to each agency that must answer it."),
        REQUEST,
    ),
    "part_acknowledged": Kind(
        _("An agency works on your request"), _("%(agency)s has begun to work on your request %(number)s."), REQUEST
    ),
    "part_question": Kind(
        _("An agency has a question for you"),
        _("%(agency)s needs something from you to go on with your request %(number)s. Its clock stands still."),
        REQUEST,
        needs_answer=True,
    ),
    "part_extended": Kind(
        _("An agency takes more time"), _("%(agency)s has extended its time for your request %(number)s."), REQUEST
    ),
    "part_answered": Kind(_("An agency has answered"), _("%(agency)s has answered your request %(number)s."), REQUEST),
    "part_overdue": Kind(
        _("An agency is late"),
        _("%(agency)s has not answered your request %(number)s in time. The regulator can see this."),
        REQUEST,
    ),
    "part_transferred": Kind(
        _("Your request went to another agency"),
        _("%(agency)s has passed its part of your request %(number)s on to the agency that holds the data."),
        REQUEST,
    ),
    "request_answered": Kind(
        _("Your request is answered"), _("All agencies have answered your request %(number)s."), REQUEST
    ),
    "package_ready": Kind(
        _("Your package is ready"),
        _("What the agencies gave you for request %(number)s is ready to download."),
        REQUEST,
    ),
    "appeal_filed": Kind(
        _("We have your appeal"),
        _("The answer of %(agency)s to your request %(number)s is looked at again by another person."),
        APPEAL,
    ),
    "appeal_taken": Kind(
        _("Somebody looks at your appeal"),
        _("Another person has begun to look at the answer of %(agency)s to your request %(number)s."),
        APPEAL,
    ),
    "appeal_granted": Kind(
        _("Your appeal was granted"),
        _("%(agency)s must answer this part of your request %(number)s again."),
        APPEAL,
    ),
    "appeal_dismissed": Kind(
        _("Your appeal was not granted"),
        _("The answer of %(agency)s to your request %(number)s stands. You see why, and where you can turn."),
        APPEAL,
    ),
    "appeal_overdue": Kind(
        _("Your appeal is late"),
        _("It was not decided in time (request %(number)s). You can go on to the regulator, or to court."),
        APPEAL,
    ),
    "complaint_filed": Kind(_("We have your complaint"), _("The regulator has your complaint %(number)s."), COMPLAINT),
    "complaint_taken": Kind(
        _("Somebody looks into your complaint"),
        _("Somebody of the regulator looks into your complaint %(number)s."),
        COMPLAINT,
    ),
    "complaint_decided": Kind(
        _("The result of your complaint is here"), _("The regulator has decided your complaint %(number)s."), COMPLAINT
    ),
    "complaint_overdue": Kind(
        _("Your complaint is late"),
        _("The regulator has not decided your complaint %(number)s in the time it set itself."),
        COMPLAINT,
    ),
    "mediation_moved": Kind(
        _("There is news of your mediation"),
        _("%(agency)s took a step in the mediation about your request %(number)s."),
        "rights:mediation",
    ),
    "representation_asked": Kind(
        _("Somebody wants to act for you"),
        _("The law lets them ask (%(kind)s). At your age you decide: accept it or refuse it."),
        REPRESENTATION,
        needs_answer=True,
    ),
    "representation_offered": Kind(
        _("Somebody lets you act for them"),
        _("You were named (%(kind)s). Nothing begins before you accept; you may refuse."),
        REPRESENTATION,
        needs_answer=True,
    ),
    "representation_began": Kind(
        _("Somebody may act for you now"),
        _("It is in force (%(kind)s). You see whatever is done for you."),
        REPRESENTATION,
    ),
    "representation_may_begin": Kind(
        _("You may act for somebody now"),
        _("It is in force (%(kind)s). Choose for whom you act at the top of any page."),
        REPRESENTATION,
    ),
    "representation_refused": Kind(
        _("A representation was refused"),
        _("It was refused (%(kind)s). Nobody can act by it."),
        REPRESENTATION,
    ),
    "representation_ended": Kind(
        _("A representation has ended"),
        _("It is over (%(kind)s). Nothing more can be done by it."),
        REPRESENTATION,
    ),
    "representation_put_to_person": Kind(
        _("Your child decides from now on"),
        _("Your child has reached the age at which they decide themselves. We asked whether you may go on."),
        REPRESENTATION,
    ),
    "representation_code": Kind(
        _("A clerk who is with you asks for your code"),
        _(
            "Your code is %(code)s. Tell it only to a clerk whom you asked for help and who is with you now. "
            "It is good for 10 minutes; then the clerk acts for you for 30 minutes at most."
        ),
        REPRESENTATION,
        needs_answer=True,
    ),
    "representation_acted": Kind(
        _("Somebody acted for you"),
        _("Who acts for you (%(kind)s) %(what)s."),
        REPRESENTATION,
    ),
    "sharing_flagged": Kind(
        _("We flagged a use of your data"),
        _("%(agency)s shared your data, and no agreement or consent covers it. Both and the regulator see this."),
        SHARING,
    ),
    "sharing_answered": Kind(
        _("An agency says why it shared your data"),
        _("%(agency)s has answered what you asked about one time your data was shared."),
        SHARING,
    ),
    "sharing_lifted": Kind(
        _("You can see now what was withheld from you"),
        _("%(agency)s shared your data, and you were not told for a time. Now you see what happened, and why."),
        SHARING,
    ),
    "sharing_news": Kind(
        _("Your data was shared"),
        _("%(agency)s shared your data: %(what)s."),
        SHARING,
    ),
    "data_doubted": Kind(
        _("An agency doubts data about you"),
        _("%(agency)s doubts what it was given about you. The agency that keeps it checks it within 10 working days."),
        CHECK,
    ),
    "data_checked": Kind(
        _("Data about you was checked"),
        _("%(agency)s has checked data about you that another agency doubted. You see what came of it."),
        CHECK,
    ),
}


# What a reader may narrow the inbox to: a word for it, and the pages that its letters lead to.
TOPICS: Mapping[str, tuple[Text, frozenset[str]]] = {
    "consents": (_("Consents"), frozenset({CONSENT})),
    "requests": (_("Requests"), frozenset({REQUEST, APPEAL, COMPLAINT, "rights:mediation"})),
    "sharing": (_("Sharing"), frozenset({SHARING, CHECK})),
}


def kinds_of(topic: str) -> list[str]:
    """The kinds of letters about a topic."""
    pages = TOPICS[topic][1]
    return [name for name, kind in KINDS.items() if kind.page in pages]


def kinds_that_ask() -> list[str]:
    """The kinds of letters that want an answer."""
    return [name for name, kind in KINDS.items() if kind.needs_answer]


def in_language(params: Mapping[str, Any]) -> dict[str, Any]:
    """`params` with each pair name_zh, name_en also as `name`, in the reader's language."""
    ending = "_en" if (get_language() or "").startswith("en") else "_zh"
    chosen = {name[:-3]: text for name, text in params.items() if name.endswith(ending)}
    return {**params, **chosen}


def filled(text: Text, params: Mapping[str, Any]) -> str:
    """`text` with its parameters; a letter that lacks one still says the rest."""
    return str(text) % _Forgiving(in_language(params))


def address(kind: Kind, about_id: str) -> str:
    """The page a letter leads to."""
    return reverse(kind.page, args=[about_id])


class _Forgiving(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
