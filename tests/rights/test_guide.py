"""Filing on the site: one question a page, saved as it goes, read once more, sent once; nothing needs a script."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.catalogue.models import DataItem
from portal.trail.actor import Actor, acting_as
from rights import guide, queries
from rights.models import Evidence, Kind, PartMessage, RightsRequest, WantedChange
from rights.states import RequestState
from tests.catalogue import factories as catalogue
from tests.consent import factories as consents
from tests.ledger import factories as ledger
from tests.people import as_citizen
from tests.rights import factories as town
from tests.rights import guiding
from tests.rights.guiding import NEW

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
def zhang(client: Client) -> User:
    """Somebody about whom two agencies hold data, signed in, reading English."""
    user = town.person()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()
    return " ".join(answer.content.decode().split())


def requests(state: str = RequestState.SUBMITTED) -> list[RightsRequest]:
    with acting_as(Actor.portal()):
        return list(RightsRequest.objects.filter(state=state).order_by("submitted_at"))


def chosen(code: str = "tax.income") -> dict[str, Any]:
    return {"scope": "chosen", "datasets": [str(town.dataset(code).pk)]}


def item(code: str = "tax.income") -> DataItem:
    with acting_as(Actor.portal()):
        return DataItem.objects.filter(dataset=town.dataset(code))[0]


def change(**given: str) -> dict[str, str]:
    return {"item": str(item().pk), "held": "1 Old Street", "wanted": "2 New Street", **given}


FIRST: dict[str, Any] = {Kind.CORRECTION: chosen, Kind.PORTABILITY: lambda: {"scope": "everything"}}


@pytest.fixture
def by_contract(zhang: User) -> None:
    """One of the datasets is held by a contract."""
    with acting_as(Actor.portal()):
        type(town.dataset()).objects.filter(code="tax.income").update(collection_basis="contract")


@pytest.mark.parametrize("kind", Kind.values)
def test_each_of_the_nine_rights_is_filed_question_by_question(
    client: Client, zhang: User, by_contract: None, kind: str
) -> None:
    answers = {"changes": change()} if kind == Kind.CORRECTION else {}
    page = text_of(guiding.filed(client, kind, FIRST.get(kind, lambda: None)(), **answers))
    assert "Your request is filed" in page
    (request,) = requests()
    assert (request.kind, request.submitted_at is not None) == (kind, True)
    assert town.events(request)[-1] == "rights.request.submitted"
    town.run(timezone.now())
    assert town.now(request).state == RequestState.IN_PROGRESS


def test_every_question_belongs_to_a_right_and_every_right_has_its_questions() -> None:
    assert set(guide.QUESTIONS) == set(Kind)


def test_a_draft_survives_a_sign_out_and_is_thrown_away_when_wished(client: Client, zhang: User) -> None:
    path = guiding.begun(client, "access", chosen())
    assert "Saved." in text_of(client.post(path, {"step": "later"}, follow=True))
    client.post("/sign-out/")
    assert client.get("/requests/").status_code == 302
    client.force_login(zhang, backend=BACKEND)
    assert "Begun and not sent yet" in text_of(client.get("/requests/"))
    (draft,) = requests(RequestState.DRAFT)
    assert "Records tax.income" in text_of(client.get(reverse("rights:check", args=[draft.pk])))
    assert client.get(reverse("rights:request", args=[draft.pk])).status_code == 404
    assert "The draft is gone." in text_of(client.post(reverse("rights:discard", args=[draft.pk]), follow=True))
    assert requests(RequestState.DRAFT) == []


def test_sent_twice_it_is_filed_once(client: Client, zhang: User) -> None:
    path = guiding.checked(client, "access")
    for _ in range(2):
        assert "See and copy my data, filed" in text_of(client.post(path, {"step": "send"}, follow=True))
    assert len(requests()) == 1


def test_what_led_here_is_filled_in(client: Client, zhang: User) -> None:
    page = client.get(NEW, {"kind": "correction", "dataset": "tax.income"})
    assert page.context["form"].initial["datasets"] == [str(town.dataset().pk)]
    carried = text_of(client.get(NEW, {"dataset": "tax.income"}))
    assert "?kind=access&amp;dataset=tax.income" in carried
    assert client.get(NEW, {"kind": "access", "event": "none", "consent": str(uuid4())}).status_code == 200


def test_from_a_sharing_its_dataset_items_and_receiver_are_filled_in(client: Client) -> None:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    (event,) = ledger.events_of()
    user = User.objects.create(username="owner", kind="citizen", subject_key=ledger.as_person().subject_key)
    client.force_login(user, backend=BACKEND)
    guiding.filed(client, "objection", {"scope": "chosen", "datasets": [str(dataset.pk)]}, event=str(event.id))
    (request,) = requests()
    assert (request.about_event, request.datasets, request.added) == (event.id, [dataset.pk], [event.recipient_id])


def test_from_a_withdrawn_consent_its_data_and_receivers_are_filled_in(client: Client) -> None:
    consent = consents.withdraw(consents.given())
    client.force_login(User.objects.get(subject_key=consent.subject_key), backend=BACKEND)
    page = client.get(NEW, {"kind": "withdrawal_follow_up", "consent": str(consent.id)})
    assert page.context["form"].initial == {"about": str(consent.id)}
    guiding.filed(client, "withdrawal_follow_up", {"about": str(consent.id)})
    (request,) = requests()
    assert request.about_consent == consent.id
    assert request.added == list(consent.recipients)
    assert request.datasets == [consents.item().dataset_id]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"scope": "chosen"}, "Choose at least one dataset"),
        ({"scope": "agencies"}, "Choose at least one dataset"),
        ({"scope": ""}, "This field is required"),
        ({"scope": "chosen", "datasets": [str(uuid4())]}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    client: Client, zhang: User, given: dict[str, Any], told: str
) -> None:
    assert told in text_of(client.post(NEW, {"kind": "access", **given}), 422)
    assert requests(RequestState.DRAFT) == []


@pytest.mark.parametrize(
    ("question", "given", "told"),
    [
        ("period", {"period_from": "2026-02-01", "period_to": "2026-01-01"}, "The period ends before it begins"),
        ("period", {"period_from": "yesterday"}, "Enter a valid date"),
        ("words", {"words": "x" * 5001}, "at most 5000 characters"),
    ],
)
def test_a_wrong_answer_leaves_the_draft_as_it_was(
    client: Client, zhang: User, question: str, given: dict[str, Any], told: str
) -> None:
    guiding.begun(client, "access", chosen())
    (draft,) = requests(RequestState.DRAFT)
    assert told in text_of(client.post(reverse("rights:question", args=[draft.pk, question]), given), 422)
    assert (town.now(draft).words, town.now(draft).period_from) == ("", None)


# ------------------------------------------------------------------ corrections
def changes_page(client: Client) -> str:
    path = guiding.begun(client, "correction", chosen())
    assert path.endswith("/ask/changes/")
    return path


def test_a_correction_says_item_by_item_what_is_held_and_what_is_right(client: Client, zhang: User) -> None:
    path = changes_page(client)
    assert client.post(path, {**change(), "step": "add"}).headers["Location"] == path
    page = text_of(client.get(path))
    assert "1 Old Street" in page
    assert "2 New Street" in page
    with acting_as(Actor.portal()):
        (kept,) = WantedChange.objects.all()
    assert b"Street" not in bytes(kept.wanted_sealed) + bytes(kept.held_sealed or b"")
    client.post(path, {**change(wanted="3 New Street"), "step": "add"})  # said again: replaced
    with acting_as(as_citizen(zhang)):
        (draft,) = queries.drafts_of(bytes(zhang.subject_key or b""))
        assert [shown.wanted for shown in queries.changes_of(draft)] == ["3 New Street"]
        (shown,) = queries.changes_of(draft)
    client.post(path, {"remove-change": str(shown.id)})
    with acting_as(Actor.portal()):
        assert not WantedChange.objects.exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"wanted": "1 Old Street"}, "What you say it should be is what is held"),
        ({"wanted": ""}, "Say what is wrong and how it should read"),
        ({"item": ""}, "Choose the item that is wrong"),
        ({"item": str(uuid4())}, "Select a valid choice"),
    ],
)
def test_a_change_that_changes_nothing_is_refused(
    client: Client, zhang: User, given: dict[str, str], told: str
) -> None:
    assert told in text_of(client.post(changes_page(client), {**change(), **given, "step": "add"}), 422)
    with acting_as(Actor.portal()):
        assert not WantedChange.objects.exists()


def test_a_correction_without_a_change_and_without_words_is_not_sent(client: Client, zhang: User) -> None:
    path = guiding.checked(client, "correction", chosen())
    assert "Say what is wrong" in text_of(client.post(path, {"step": "send"}), 422)
    assert requests() == []


# ------------------------------------------------------------------ evidence
def evidence_page(client: Client) -> str:
    guiding.begun(client, "correction", chosen())
    (draft,) = requests(RequestState.DRAFT)
    return reverse("rights:question", args=[draft.pk, "evidence"])


def upload(name: str = "certificate.png", content: bytes = PNG) -> dict[str, Any]:
    return {"attachments": SimpleUploadedFile(name, content, "text/plain"), "step": "add"}


def test_evidence_is_kept_by_what_it_is_and_given_back_as_a_download(client: Client, zhang: User) -> None:
    path = evidence_page(client)
    assert "Files are not scanned for viruses" in text_of(client.get(path))
    assert client.post(path, upload()).status_code == 302
    with acting_as(Actor.portal()):
        (kept,) = Evidence.objects.all()
    assert kept.media_type == "image/png"
    got = client.get(reverse("rights:evidence", args=[kept.pk]))
    assert b"".join(got.streaming_content) == PNG  # type: ignore[attr-defined]  # it streams
    assert got.headers["Content-Disposition"].startswith("attachment;")
    client.post(path, {"remove-evidence": str(kept.pk)})
    assert client.get(reverse("rights:evidence", args=[kept.pk])).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("../../etc/passwd", b"x", "ending of the file"),  # browsers and Django leave the last part alone
        ("cert.pdf", PNG, "ending of the file"),
        ("cert.exe", b"MZ\x90\0" + b"\0" * 100, "This file is none of them"),
        ("empty.txt", b"", "empty"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    client: Client, zhang: User, name: str, content: bytes, told: str
) -> None:
    assert told in text_of(client.post(evidence_page(client), upload(name, content)), 422)
    with acting_as(Actor.portal()):
        assert not Evidence.objects.exists()


# ------------------------------------------------------------------ holders
def test_the_person_sees_who_is_asked_and_why_and_may_add_one(client: Client, zhang: User) -> None:
    other = catalogue.agency("roads", name_en="Roads Office")
    catalogue.published("roads.licences", of=other)
    path = guiding.begun(client, "access", chosen())
    (draft,) = requests(RequestState.DRAFT)
    page = text_of(client.get(reverse("rights:question", args=[draft.pk, "holders"])))
    for told in ("Tax Bureau", "it reported that it holds this about you", "Roads Office"):
        assert told in page
    assert "/ask/" in path
    client.post(reverse("rights:question", args=[draft.pk, "holders"]), {"added": [str(other.pk)], "step": "next"})
    assert "you added it" in text_of(client.get(reverse("rights:check", args=[draft.pk])))
    client.post(reverse("rights:check", args=[draft.pk]), {"step": "send"})
    town.run(timezone.now())
    (request,) = requests(RequestState.IN_PROGRESS)
    assert town.part(request, "roads").dataset_id is None


def test_everything_of_one_agency_goes_to_that_agency_alone(client: Client, zhang: User) -> None:
    guiding.filed(client, "access", {"scope": "agencies", "agencies": [str(town.tax().pk)]})
    town.run(timezone.now())
    (request,) = requests(RequestState.IN_PROGRESS)
    with acting_as(Actor.portal()):
        assert [part.agency.code for part in request.parts.all()] == ["tax"]


# ------------------------------------------------------------------ portability
def test_what_is_held_for_a_duty_cannot_be_moved_and_a_copy_is_offered(client: Client, zhang: User) -> None:
    page = text_of(client.get(NEW, {"kind": "portability"}))
    assert "What cannot be moved" in page
    assert "?kind=access&amp;dataset=tax.income" in page
    assert "Network Data Security Regulation" in page
    path = guiding.checked(client, "portability")
    assert "Only data held by your consent or a contract can be moved" in text_of(
        client.post(path, {"step": "send"}), 422
    )
    assert requests() == []


def test_what_is_held_by_a_contract_is_moved_and_nothing_else(client: Client, zhang: User, by_contract: None) -> None:
    guiding.filed(client, "portability", format={"format": "json"})
    town.run(timezone.now())
    (request,) = requests(RequestState.IN_PROGRESS)
    with acting_as(Actor.portal()):
        assert [part.dataset.code for part in request.parts.select_related("dataset") if part.dataset] == ["tax.income"]
    assert request.format == "json"


# ------------------------------------------------------------------ duplicates
def test_the_same_again_is_shown_and_joined_and_the_agencies_are_told(client: Client, zhang: User) -> None:
    first = town.routed(zhang, at=timezone.now())
    path = guiding.checked(client, "access", chosen(), words={"words": "Please hurry."})
    page = text_of(client.get(path))
    assert f"number {first.number}" in page
    assert "Add this to the request that is open" in page
    joined = client.post(path, {"step": "join", "onto": str(first.pk)}, follow=True)
    assert "Added to the request that is open already" in text_of(joined)
    assert requests(RequestState.DRAFT) == []
    with acting_as(Actor.portal()):
        assert set(PartMessage.objects.values_list("text", flat=True)) == {"Please hurry."}
    assert "rights.request.joined" in town.events(first)


def test_the_same_again_can_be_filed_all_the_same(client: Client, zhang: User) -> None:
    town.routed(zhang, at=timezone.now())
    path = guiding.checked(client, "access")
    assert "Your request is filed" in text_of(client.post(path, {"step": "send"}, follow=True))
    assert len(requests()) == 1


def test_what_asks_less_than_the_new_one_is_shown_and_cannot_be_joined(client: Client, zhang: User) -> None:
    narrow = town.routed(zhang, at=timezone.now(), datasets=(town.dataset().pk,))
    path = guiding.checked(client, "access")
    page = text_of(client.get(path))
    assert "Some of this you asked already" in page
    assert 'value="join"' not in page
    wrong = client.post(path, {"step": "join", "onto": str(narrow.pk)})
    assert "no such request" in text_of(wrong, 404)


def test_a_confirmation_can_be_printed(client: Client, zhang: User) -> None:
    request = town.routed(zhang, at=timezone.now())
    page = text_of(client.get(reverse("rights:confirmation", args=[request.pk])))
    for told in (request.number, "Tax Bureau", "service target"):
        assert told in page


@pytest.mark.parametrize("name", ["check", "discard"])
def test_anothers_draft_is_nothing(client: Client, zhang: User, name: str) -> None:
    guiding.begun(client, "access")
    (draft,) = requests(RequestState.DRAFT)
    client.force_login(town.person(), backend=BACKEND)
    method = client.post if name == "discard" else client.get
    assert method(reverse(f"rights:{name}", args=[draft.pk])).status_code == 404
    assert client.get(reverse("rights:question", args=[draft.pk, "words"])).status_code == 404
    assert UUID(str(draft.pk)) in {row.pk for row in requests(RequestState.DRAFT)}
