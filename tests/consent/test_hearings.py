"""Before a use is approved: the law's list of high-risk uses, the public's word, an ethics review; what then shows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from consent import actions, notices, queries, risks
from consent.errors import (
    CommentsNotHeard,
    CommentsUnanswered,
    InvalidTerms,
    NotAskable,
    NotOpenForComment,
    ReviewMissing,
)
from consent.models import Comment, EthicsReview, Kind, Notice, Purpose, PurposeItem
from portal.law import queries as law
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT, AUTHORITY
from tests.people import as_citizen

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
MONTH = timedelta(days=30)


def risky(code: str = "study", **changes: Any) -> Purpose:
    return town.registered(code, risk="high", **changes)


def opened(purpose: Purpose, *, at: Any = AT) -> Purpose:
    with acting_as(AUTHORITY):
        return actions.open_for_comment(purpose, until=at + MONTH, actor=AUTHORITY, at=at)


def approve(purpose: Purpose, *, at: Any = AT + MONTH, **answers: str) -> Purpose:
    with acting_as(AUTHORITY):
        return actions.approve_purpose(purpose, **answers, actor=AUTHORITY, at=at)


# ------------------------------------------------------------------ the law's list
def test_the_law_lists_the_uses_of_high_risk_each_with_its_article() -> None:
    listed = law.jurisdiction("cn").high_risk
    assert {
        "sensitive", "automated_decision", "provide", "public_release", "cross_border", "minors", "joined_profiling"
    } <= set(listed)  # fmt: skip
    assert all(one.article.title and one.title for one in listed.values())


@pytest.mark.parametrize(
    ("changes", "scenario"),
    [
        ({}, "provide"),  # the tax bureau holds it, the health commission gets it
        ({"kind": Kind.GUARDIAN}, "minors"),
        ({"is_automated": True, "automated_zh": "程序", "automated_en": "a program"}, "automated_decision"),
        ({"scenarios": ["cross_border"]}, "cross_border"),
    ],
)
def test_what_the_portal_sees_or_the_agency_names_is_kept_with_the_purpose(
    changes: dict[str, Any], scenario: str
) -> None:
    purpose = town.registered(**changes)
    assert scenario in purpose.scenarios
    assert scenario in [one.code for one in risks.named(purpose)]


def test_a_use_on_the_list_names_its_assessment_and_the_database_says_it_too() -> None:
    purpose = town.registered()
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        wished = town.terms("other", impact_assessment="")
        with pytest.raises(InvalidTerms, match="55") as refused:
            actions.register_purpose(wished, actor=clerk, at=AT)
        assert refused.value.field == "impact_assessment"
        purpose.pk, purpose.code, purpose.impact_assessment = None, "copy", ""
        with pytest.raises(IntegrityError, match="consent_risky_uses_are_assessed"), transaction.atomic():
            purpose.save(force_insert=True)


def test_without_consent_a_use_cites_its_duty_and_then_nobody_is_asked() -> None:
    purpose = town.approved(legal_basis="statutory_duty", duty="《统计法》第七条")
    assert not purpose.rests_on_consent
    with pytest.raises(NotAskable):
        town.asked(purpose=purpose)
    with acting_as(catalogue.clerk_of(town.asker())):
        purpose.pk, purpose.code, purpose.duty, purpose.state = None, "copy", "", "draft"
        with pytest.raises(IntegrityError, match="consent_or_a_cited_duty"), transaction.atomic():
            purpose.save(force_insert=True)


# ------------------------------------------------------------------ the public's word
def test_a_use_of_high_risk_is_not_approved_before_it_was_open_for_comment_to_its_end() -> None:
    purpose = risky()
    with pytest.raises(CommentsNotHeard):
        approve(purpose)
    opened(purpose)
    with pytest.raises(CommentsNotHeard):
        approve(purpose, at=AT + MONTH - timedelta(seconds=1))
    assert approve(purpose).state == "approved"


def test_it_is_open_for_so_many_days_at_least_and_the_authority_opens_it() -> None:
    purpose = risky()
    with acting_as(AUTHORITY), pytest.raises(InvalidTerms):
        actions.open_for_comment(purpose, until=AT + timedelta(days=14), actor=AUTHORITY, at=AT)
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(NotPermitted):
        actions.open_for_comment(purpose, until=AT + MONTH, actor=clerk, at=AT)


def test_the_approval_answers_the_comments_in_both_languages() -> None:
    purpose, person = opened(risky()), town.adult()
    with acting_as(as_citizen(person)) as citizen:
        actions.comment(purpose, text="Why my income?", actor=citizen, at=AT)
    for answers in ({}, {"answer_en": "To compare."}):
        with pytest.raises(CommentsUnanswered):
            approve(purpose, **answers)
    assert approve(purpose, answer_zh="为了比较。", answer_en="To compare.").comments_answer_en == "To compare."


def test_a_comment_is_made_by_a_citizen_while_it_is_open_and_shows_no_name_to_those_who_decide() -> None:
    purpose, person = opened(risky()), town.adult()
    with acting_as(as_citizen(person)) as citizen:
        for text in ("", "  ", "x" * 2001):
            with pytest.raises(InvalidTerms):
                actions.comment(purpose, text=text, actor=citizen, at=AT)
        with pytest.raises(NotOpenForComment):
            actions.comment(purpose, text="late", actor=citizen, at=AT + MONTH + timedelta(seconds=1))
        actions.comment(purpose, text="in time", actor=citizen, at=AT)
    with acting_as(as_citizen(town.adult())):
        assert not Comment.objects.exists()  # another citizen's
    for reader in (AUTHORITY, catalogue.clerk_of(town.asker())):
        with acting_as(reader):
            assert Comment.objects.get().text == "in time"
        with acting_as(reader) as actor, pytest.raises(NotPermitted):
            actions.comment(purpose, text="me too", actor=actor, at=AT)
    with acting_as(catalogue.clerk_of(town.holder())):
        assert not Comment.objects.exists()
    with acting_as(as_citizen(person)), pytest.raises(DatabaseError), transaction.atomic():
        Comment.objects.update(text="something else")


def test_the_public_page_shows_a_planned_use_and_takes_a_signed_in_citizens_comment(client: Client) -> None:
    client.cookies["django_language"] = "en"
    at = timezone.now()
    opened(risky(manner_zh="汇总统计", manner_en="Totals alone are computed."), at=at)
    assert "1 planned use of data is open for your comment" in client.get("/purposes/").content.decode()
    page = client.get("/purposes/study/").content.decode()
    for told in (
        "to tell the years apart",
        "The whole text.",
        "PIA-1",
        "Totals alone are computed.",
        "Sign in to comment",
    ):
        assert told in page
    assert client.post("/purposes/study/", {"text": "x"}).status_code == 403
    client.force_login(town.adult(), backend=BACKEND)
    assert client.post("/purposes/study/", {"text": ""}).status_code == 422
    said = client.post("/purposes/study/", {"text": "Why <b>my</b> income?"}, follow=True).content.decode()
    assert "We have your comment." in said
    assert "Why &lt;b&gt;my&lt;/b&gt; income?" in said
    client.force_login(town.adult(), backend=BACKEND)
    assert "my&lt;" not in client.get("/purposes/study/").content.decode()


def test_a_draft_is_nobodys_to_read_and_comments_are_limited(client: Client, settings: Any) -> None:
    town.registered()
    assert client.get("/purposes/study/").status_code == 404
    opened(risky("open"), at=timezone.now())
    settings.PORTAL_LIMITS = {**settings.PORTAL_LIMITS, "comment": "1/day"}
    client.force_login(town.adult(), backend=BACKEND)
    assert [client.post("/purposes/open/", {"text": "x"}).status_code for _ in range(2)] == [302, 429]


# ------------------------------------------------------------------ what decides automatically
def review(**changes: Any) -> EthicsReview:
    today = timezone.localdate(AT)
    told = {
        "reviewers": "Ethics Board",
        "findings_zh": "可以",
        "findings_en": "It is fair.",
        "conditions_en": "A person may look again.",
        "reviewed_on": today,
        "renew_by": today + timedelta(days=365),
        **changes,
    }
    return EthicsReview(**told)


AUTOMATED = {"is_automated": True, "automated_zh": "程序打分", "automated_en": "A program scores."}


def noticed(code: str, *, reviewed: bool) -> tuple[Purpose, Notice]:
    wished = town.terms(code, **AUTOMATED)
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        purpose = actions.register_purpose(wished, actor=clerk, at=AT)
        if reviewed:
            actions.record_review(purpose, review(), actor=clerk, at=AT)
        return purpose, actions.publish_notice(purpose, **town.TEXTS, actor=clerk, at=AT)


def test_a_use_that_decides_automatically_is_approved_with_a_review_in_force_that_its_notice_shows() -> None:
    without, _notice = noticed("without", reviewed=False)
    with pytest.raises(ReviewMissing):
        approve(without, at=AT)
    purpose, notice = noticed("with", reviewed=True)
    with pytest.raises(ReviewMissing):
        approve(purpose, at=AT + timedelta(days=366))
    assert approve(purpose, at=AT).state == "approved"
    with acting_as(AUTHORITY):
        told = notices.shown(notice, purpose, queries.items_of(purpose.pk), "en")
    assert told["automated"] == "A program scores."
    assert told["ethics_review"]["findings"] == "It is fair."


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"reviewers": " "}, "reviewers"), ({"findings_zh": ""}, "findings_zh"), ({"renew_by": AT.date()}, "renew_by")],
)
def test_a_review_that_lacks_something_is_refused_at_the_field(changes: dict[str, Any], field: str) -> None:
    purpose = town.registered(**AUTOMATED)
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(InvalidTerms) as refused:
        actions.record_review(purpose, review(**changes), actor=clerk, at=AT)
    assert refused.value.field == field


def test_the_question_shows_what_a_program_decides_and_why_nothing_less_would_do(client: Client) -> None:
    purpose, _notice = noticed("auto", reviewed=True)
    person = town.adult()
    consent = town.asked(person, approve(purpose, at=AT), at=timezone.now())
    client.cookies["django_language"] = "en"
    client.force_login(person, backend=BACKEND)
    page = client.get(f"/consents/{consent.id}/").content.decode()
    for told in ("A program scores.", "Ethics Board", "It is fair.", "A person may look again."):
        assert told in page


def test_older_notices_keep_the_hash_of_the_form_they_were_made_in() -> None:
    purpose = town.approved()
    with acting_as(Actor.portal()):
        notice = purpose.notices.get()
        items = list(PurposeItem.objects.filter(purpose=purpose).select_related("item"))
        new = notices.hash_of(notice, purpose, items, "en")
        assert new == bytes(notice.hash_en)
        notice.form = 1
        assert notices.hash_of(notice, purpose, items, "en") != new
        assert "manner" not in notices.shown(notice, purpose, items, "en")
