"""A mail address counts once its owner has opened the link that was mailed to it: once, within a day, signed in."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse
from uuid import uuid4

import pytest
from django.core import mail as outgoing
from django.core import signing
from django.test import Client
from django.utils import timezone

from portal.accounts import actions, contact, mailing, queries
from portal.accounts.errors import LinkInvalid, SameMail, TooManyLinks
from portal.accounts.levels import Level
from portal.accounts.models import ContactChange, Person, User
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.people import agency, as_citizen, as_clerk, citizen, clerk, number, with_mail

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def key_of(user: User) -> bytes:
    assert user.subject_key
    return bytes(user.subject_key)


def ask(user: User, address: str = "new@example.org", *, at: datetime | None = None) -> None:
    with acting_as(as_citizen(user)) as actor:
        actions.ask_mail(key_of(user), address, actor=actor, at=at or timezone.now())


def confirm(user: User, link: str, *, at: datetime | None = None) -> None:
    with acting_as(as_citizen(user)) as actor:
        actions.confirm_mail(link, actor=actor, at=at or timezone.now())


def deliver(topic: str) -> None:
    """What the worker does with the newest message of a topic."""
    with acting_as(Actor.portal()):
        message = Message.objects.filter(topic=topic).latest("id")
    handle = {"accounts.mail.asked": mailing.deliver_link, "accounts.mail.left": mailing.deliver_farewell}[topic]
    with database_role("portal_worker"):
        handle(str(message.pk))


def mailed_link() -> str:
    """The link of the newest mail."""
    deliver("accounts.mail.asked")
    found = re.search(r"https?://\S+confirm\S+", str(outgoing.outbox[-1].body))
    assert found
    return parse_qs(urlparse(found[0]).query)["link"][0]


def mail_of(user: User) -> str:
    with acting_as(as_citizen(user)):
        return queries.mail_of(key_of(user))


def events(user: User) -> list[str]:
    with acting_as(as_citizen(user)):
        return list(
            Entry.objects.filter(event__startswith="accounts.mail.").order_by("id").values_list("event", flat=True)
        )


# ------------------------------------------------------------------ asking and confirming
def test_a_new_address_counts_once_its_link_is_opened_and_the_old_one_is_told() -> None:
    zhang = with_mail(citizen(), "old@example.org")
    ask(zhang)
    link = mailed_link()
    assert outgoing.outbox[-1].to == ["new@example.org"]
    assert mail_of(zhang) == "old@example.org"
    confirm(zhang, link)
    assert mail_of(zhang) == "new@example.org"
    deliver("accounts.mail.left")
    farewell = outgoing.outbox[-1]
    assert farewell.to == ["old@example.org"]
    assert "new@example.org" not in str(farewell.body)
    assert events(zhang) == ["accounts.mail.asked", "accounts.mail.changed"]


def test_a_link_works_once() -> None:
    zhang = citizen()
    ask(zhang)
    link = mailed_link()
    confirm(zhang, link)
    with pytest.raises(LinkInvalid):
        confirm(zhang, link)


def test_a_link_works_for_a_day() -> None:
    zhang = citizen()
    ask(zhang)
    link = mailed_link()
    with pytest.raises(LinkInvalid):
        confirm(zhang, link, at=timezone.now() + timedelta(hours=24))
    confirm(zhang, link, at=timezone.now() + timedelta(hours=23, minutes=59))


def test_a_link_works_for_whoever_asked_and_for_nobody_else() -> None:
    zhang, li = citizen(), citizen(name="李四")
    ask(zhang)
    link = mailed_link()
    with pytest.raises(LinkInvalid):
        confirm(li, link)
    assert mail_of(li) == ""


def test_asking_again_or_mailing_again_kills_the_older_link() -> None:
    zhang = citizen()
    ask(zhang)
    first = mailed_link()
    ask(zhang, "newer@example.org")
    second = mailed_link()
    with pytest.raises(LinkInvalid):
        confirm(zhang, first)
    with acting_as(Actor.portal()):
        third = contact.fresh_link(ContactChange.objects.get(ended_at=None))
    with pytest.raises(LinkInvalid):
        confirm(zhang, second)
    confirm(zhang, third)
    assert mail_of(zhang) == "newer@example.org"


@pytest.mark.parametrize(
    "link",
    ["", "nonsense", signing.dumps(["0" * 32, "x"], salt="another"), signing.dumps("no pair", salt=contact.SALT)],
    ids=["none", "nonsense", "of another kind", "of another shape"],
)
def test_what_we_did_not_sign_confirms_nothing(link: str) -> None:
    zhang = citizen()
    ask(zhang)
    with pytest.raises(LinkInvalid):
        confirm(zhang, link)


def test_a_signed_link_with_another_secret_confirms_nothing() -> None:
    zhang = citizen()
    ask(zhang)
    with acting_as(as_citizen(zhang)):
        change = ContactChange.objects.get()
    with pytest.raises(LinkInvalid):  # nothing was mailed yet: there is no digest to meet
        confirm(zhang, signing.dumps([change.pk.hex, "guess"], salt=contact.SALT))


def test_neither_the_link_nor_the_addresses_stay_in_the_database(as_owner: Any) -> None:
    zhang = with_mail(citizen(), "old@example.org")
    ask(zhang)
    link = mailed_link()
    secret = signing.loads(link, salt=contact.SALT)[1]
    with as_owner():
        kept = [*ContactChange.objects.values_list("token_digest", flat=True), *Message.objects.values_list("payload")]
        assert secret not in str(kept)
    confirm(zhang, link)
    deliver("accounts.mail.left")
    with as_owner():
        row = ContactChange.objects.get()
        assert (row.mail_sealed, row.old_mail_sealed, row.token_digest) == (None, None, None)
        assert contact.place(row, "mail") != contact.place(ContactChange(id=uuid4()), "mail")


def test_the_address_in_use_needs_no_proof() -> None:
    zhang = with_mail(citizen())
    with pytest.raises(SameMail):
        ask(zhang, "zhang@example.org")


def test_a_person_has_five_links_sent_a_day_and_removing_costs_none() -> None:
    zhang = with_mail(citizen())
    with acting_as(as_citizen(zhang)) as actor:
        actions.remove_mail(key_of(zhang), actor=actor, at=AT)
    for place in range(5):
        ask(zhang, f"a{place}@example.org", at=AT)
    with pytest.raises(TooManyLinks):
        ask(zhang, "one-more@example.org", at=AT + timedelta(hours=23))
    ask(zhang, "one-more@example.org", at=AT + timedelta(hours=25))


def test_nobody_asks_for_another_or_while_acting_for_them() -> None:
    zhang, li = citizen(), citizen(name="李四")
    with acting_as(as_citizen(li)) as actor, pytest.raises(NotPermitted):
        actions.ask_mail(key_of(zhang), "a@example.org", actor=actor, at=AT)
    guardian = Actor(
        Actor.citizen(li.pk, key_of(zhang)).kind, user_id=li.pk, subject_key=key_of(zhang), on_behalf_of=key_of(zhang)
    )
    with acting_as(guardian) as actor, pytest.raises(NotPermitted):
        actions.ask_mail(key_of(zhang), "a@example.org", actor=actor, at=AT)


def test_an_address_that_was_removed_does_not_come_back_with_the_next_sign_in() -> None:
    identity = number()
    user = actions.sign_in(
        identity, name="张三", mail="from@provider.example", language="en", door="city", level=Level.BASE, at=AT
    )
    with acting_as(as_citizen(user)) as actor:
        actions.remove_mail(key_of(user), actor=actor, at=AT)
    actions.sign_in(
        identity, name="张三", mail="from@provider.example", language="en", door="city", level=Level.BASE, at=AT
    )
    assert mail_of(user) == ""
    assert events(user) == ["accounts.mail.removed"]


def test_old_changes_are_dropped_once_no_limit_counts_them() -> None:
    zhang = citizen()
    ask(zhang, at=AT)
    with database_role("portal_worker"):
        assert contact.forget_changes(at=AT + timedelta(hours=40)) == 0
        assert contact.forget_changes(at=AT + timedelta(hours=49)) == 1


def test_a_link_that_is_over_is_not_mailed() -> None:
    zhang = citizen()
    ask(zhang, at=timezone.now() - timedelta(days=2))
    deliver("accounts.mail.asked")
    assert outgoing.outbox == []


def test_a_change_is_seen_by_its_person_alone() -> None:
    zhang, li = citizen(), citizen(name="李四")
    ask(zhang)
    for actor in (as_citizen(li), as_clerk(clerk(agency())), Actor.visitor(), Actor.gate(), Actor.regulator(li.pk)):
        with acting_as(actor):
            assert ContactChange.objects.count() == 0, actor.kind
            assert ContactChange.objects.update(ended_at=AT) == 0
    with acting_as(as_citizen(li)):
        assert Person.objects.filter(pk=key_of(zhang)).count() == 0


@pytest.mark.parametrize(
    ("mail", "shown"), [("zhang@example.org", "z***@example.org"), ("z@example.org", "z***@example.org"), ("", "")]
)
def test_an_address_is_masked(mail: str, shown: str) -> None:
    assert queries.masked_mail(mail) == shown


# ------------------------------------------------------------------ pages
@pytest.fixture
def zhang(client: Client) -> User:
    user = with_mail(citizen())
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def test_the_settings_show_a_masked_address_and_the_page_to_change_it_the_whole(client: Client, zhang: User) -> None:
    text = text_of(client, "/settings/")
    assert "z***@example.org" in text
    assert "zhang@example.org" not in text
    assert "zhang@example.org" in text_of(client, "/settings/contact/")


def test_the_whole_way_on_the_pages(client: Client, zhang: User) -> None:
    assert client.post("/settings/contact/", {"mail": "new@example.org"}).headers["Location"] == "/settings/"
    assert "A new address waits" in text_of(client, "/settings/")
    link = mailed_link()
    assert "n***@example.org" in text_of(client, f"/settings/contact/confirm/?link={link}")
    assert mail_of(zhang) == "zhang@example.org"  # to look is not to confirm
    assert client.post("/settings/contact/confirm/", {"link": link}).headers["Location"] == "/settings/"
    assert mail_of(zhang) == "new@example.org"
    assert client.get(f"/settings/contact/confirm/?link={link}").status_code == 410
    assert client.post("/settings/contact/confirm/", {"link": link}).status_code == 410


def test_a_link_opened_by_somebody_who_is_not_signed_in_leads_to_the_sign_in_and_back(client: Client) -> None:
    answer = client.get("/settings/contact/confirm/?link=abc")
    assert "/sign-in/" in answer.headers["Location"]
    assert "link%3Dabc" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere", "Enter a valid email address."),
        ("", "This field is required."),
        ("zhang@example.org", "We write to this address already."),
        ("a@b.example\r\nBcc: c@d.example", "Enter a valid email address."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(client: Client, zhang: User, given: str, said: str) -> None:
    answer = client.post("/settings/contact/", {"mail": given})
    assert answer.status_code == 422
    assert f'id="id_mail_error">{said}' in answer.content.decode()


def test_the_address_is_removed_with_one_press(client: Client, zhang: User) -> None:
    assert client.get("/settings/contact/remove/").status_code == 405
    client.post("/settings/contact/remove/")
    assert "We write you no mail" in text_of(client, "/settings/")
