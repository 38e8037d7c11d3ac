"""The pages: a guardian's, a proxy's, a child's and a clerk's way through them, in both languages, and their cost."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consent.models import Consent
from portal.inbox.models import Letter
from portal.representation.models import Representation
from portal.trail.actor import Actor, acting_as
from rights.models import RightsRequest
from tests import people
from tests.consent import factories as consent_town
from tests.people import as_citizen
from tests.representation import factories as town
from tests.representation.test_walls import furnished
from tests.rights import guiding

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(user: Any, language: str = "en") -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    client.cookies["django_language"] = language
    return client


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def at(name: str, *args: Any) -> str:
    return reverse(f"representation:{name}", args=args)


def only() -> Representation:
    with acting_as(Actor.portal()):
        return Representation.objects.get()


# ------------------------------------------------------------------ the guardian's story
def test_a_parent_asks_is_proven_by_the_register_and_decides_for_the_child() -> None:
    child, parent = town.person(8, name="张小明"), town.person(40, name="李梅")
    town.shows(parent, child, name="张小明")
    asked = consent_town.asked(child, at=timezone.now())
    li = browser(parent)
    assert "You act for nobody but yourself" in text_of(li.get(at("index")))
    form = {"kind": "child", "name": "张小明", "number": town.number_of(child), "interest": ""}
    page = text_of(li.post(at("ask"), form, follow=True))
    assert "The household register shows it" in page
    assert "Act for 张小明 (8)" in page
    page = text_of(li.post(at("act", only().pk), follow=True))
    assert "You act for <strong>张小明 (8)</strong>" in page
    assert "You are seeing your own record" not in page
    assert "One thing needs you" in page
    where = reverse("consent:give", args=[asked.id])
    with acting_as(Actor.portal()):
        notice = asked.purpose.notices.get()
    ticked = {"items": consent_town.chosen("year"), "how_long": "182", "notice": notice.pk, "language": "en"}
    assert "You allow this now" in text_of(li.post(where, ticked, follow=True))
    page = text_of(li.post(at("stop"), follow=True))
    assert "You act for <strong>" not in page
    assert "You are seeing your own record" in page
    assert li.get(reverse("consent:consent", args=[asked.id])).status_code == 404  # the child's, not hers

    little = browser(child)
    page = text_of(little.get(at("index")))
    for told in ("李梅 opened your record.", "李梅 allowed a use of your data.", "parent or guardian of a child"):
        assert told in page
    assert "by a representative" in text_of(little.get(reverse("consent:consent", args=[asked.id])))


def test_what_the_register_does_not_show_goes_to_the_clerk_with_a_document() -> None:
    office = town.desk()
    child, parent = town.person(8), town.person(40)
    li = browser(parent)
    form = {"kind": "child", "name": "小明", "number": town.number_of(child), "interest": ""}
    assert "Hand in a document" in text_of(li.post(at("ask"), form, follow=True))
    where = at("hand-in", only().pk)
    assert "This field is required" in text_of(li.post(where), 422)
    sent = {"document": SimpleUploadedFile("../../book.txt", b"the family book")}
    assert "The document is with the office" in text_of(li.post(where, sent, follow=True))

    gao = browser(people.clerk(office))
    queue = text_of(gao.get(reverse("admin:representation_representation_changelist")))
    one = reverse("admin:representation_representation_change", args=[only().pk])
    assert one in queue
    page = text_of(gao.get(one))
    assert town.number_of(child) not in page
    assert "book.txt" in page
    with acting_as(Actor.portal()):
        document = only().documents.get()
    link = reverse("admin:representation_document", args=[only().pk, document.pk])
    answer = gao.get(link)
    assert b"".join(answer.streaming_content) == b"the family book"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    take = [reverse("admin:representation_take", args=[only().pk, step]) for step in ("show", "reject", "approve")]
    assert town.number_of(child) in text_of(gao.post(take[0], {"show-reason": "to compare"}))
    assert "This field is required" in text_of(gao.post(take[1], {}), 422)
    assert gao.get(take[2]).status_code == 405
    assert "Decided" in text_of(gao.post(take[2], follow=True))
    assert only().state == "proven"
    foreign = browser(people.clerk(people.agency("tax")))
    for path in (one, link):
        assert foreign.get(path).status_code == 404


def test_a_mistake_is_said_at_its_field_and_nothing_is_asked() -> None:
    town.desk()
    li = browser(town.person())
    asking: list[tuple[dict[str, Any], str]] = [
        ({}, "This field is required"),
        ({"kind": "child", "name": "小明", "number": "123"}, "18 characters"),
        ({"kind": "relative", "name": "小明", "number": people.number()}, "lawful interest"),
        ({"kind": "x", "name": "小明", "number": people.number()}, "valid choice"),
        ({"kind": "adult", "name": "小明", "number": town.number_of(town.person(9))}, "age does not fit"),
    ]
    for form, told in asking:
        assert told in text_of(li.post(at("ask"), form), 422)
    granting: list[tuple[dict[str, Any], str]] = [
        ({}, "This field is required"),
        ({"name": "王", "number": "1", "acts": ["see"]}, "18 characters"),
        ({"name": "王", "number": people.number(), "acts": ["rule"]}, "valid choice"),
        ({"name": "王", "number": people.number(), "acts": ["see"], "until": "2020-01-01"}, "not over yet"),
    ]
    for form, told in granting:
        assert told in text_of(li.post(at("grant"), form), 422)
    with acting_as(Actor.portal()):
        assert not Representation.objects.exists()


# ------------------------------------------------------------------ the proxy's story
def test_a_proxy_for_filing_files_and_reaches_nothing_else() -> None:
    wang, li = furnished(), town.person(name="李梅")
    form = {"name": "李梅", "number": town.number_of(li), "acts": ["file"], "organisation": "", "until": ""}
    his = browser(wang)
    assert "They were asked" in text_of(his.post(at("grant"), form, follow=True))
    hers = browser(li)
    assert "Accept" in text_of(hers.get(at("one", only().pk)))
    assert "Accepted" in text_of(hers.post(at("accept", only().pk), follow=True))
    answer = hers.post(at("act", only().pk), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("rights:index")  # the first page they may see
    assert "You act for" in text_of(answer)
    for closed in ("ledger:data", "ledger:sharing", "ledger:export", "consent:index"):
        assert "does not cover this page" in text_of(hers.get(reverse(closed)), 403)
    form = {"kind": "access", "scope": "everything", "step": "next"}
    assert "Your request is filed" in text_of(guiding.filed(hers, "access"))
    with acting_as(Actor.portal()):
        filed = RightsRequest.objects.latest("submitted_at")
    assert (bytes(filed.subject_key), filed.filed_by) == (wang.subject_key, li.pk)
    assert "by a representative" in text_of(his.get(reverse("rights:request", args=[filed.pk])))
    assert "filed a request for you" in text_of(his.get(at("index")))

    assert "Ended" in text_of(his.post(at("end", only().pk), follow=True))
    answer = hers.post(reverse("rights:new"), form, follow=True)
    assert "You do not act for this person any more" in text_of(answer)  # and nothing was filed, for nobody
    with acting_as(Actor.portal()):
        assert RightsRequest.objects.count() == 2
    assert hers.get(reverse("rights:request", args=[filed.pk])).status_code == 404


def test_ones_own_pages_stay_ones_own_while_acting() -> None:
    wang, li = town.person(name="王武"), town.person(name="李梅")
    row = town.proxy(wang, li)
    hers = browser(li)
    hers.post(at("act", row.pk))
    inbox = text_of(hers.get(reverse("inbox:index")))
    assert "You may act for somebody now" in inbox  # her letter
    assert "This page is not about them" in inbox
    assert "You are seeing your own record" in inbox
    with acting_as(as_citizen(wang)):
        his = Letter.objects.latest("created_at").pk
    assert hers.get(reverse("inbox:letter", args=[his])).status_code == 404
    page = text_of(hers.get(reverse("pages:settings")))
    assert "You are seeing your own record" in page
    assert "李梅" in text_of(hers.get(reverse("ledger:data")))  # who is signed in stands in the header
    assert "You act for <strong>王武 (38)</strong>" in text_of(hers.get(reverse("pages:help")))


def test_the_menu_offers_everybody_for_whom_one_may_act_and_the_session_holds_an_id_alone() -> None:
    li = town.person()
    rows = [town.proxy(town.person(name=name), li) for name in ("王武", "赵柳")]
    hers = browser(li)
    page = text_of(hers.get("/"))
    assert "Act for 王武 (38)" in page
    assert "Act for 赵柳 (38)" in page
    before = set(hers.session.keys())
    hers.post(at("act", rows[0].pk))
    assert {name: hers.session[name] for name in set(hers.session.keys()) - before} == {
        "representation": str(rows[0].pk)
    }
    page = text_of(hers.get("/data/"))
    assert at("act", rows[0].pk) not in page
    assert at("act", rows[1].pk) in page
    hers.post(at("act", rows[1].pk))
    assert "You act for <strong>赵柳" in text_of(hers.get("/data/"))
    assert hers.get(at("act", rows[0].pk)).status_code == 405


@pytest.mark.parametrize("stranger_is", ["nobody", "the other side"])
def test_another_persons_representation_is_not_there(stranger_is: str) -> None:
    wang, li = town.person(), town.person()
    row = town.granted(wang, li)
    if stranger_is == "nobody":
        other = browser(town.person())
        assert other.get(at("one", row.pk)).status_code == 404
        for name in ("act", "accept", "refuse", "end", "hand-in"):
            assert other.post(at(name, row.pk)).status_code == 404
        assert other.get(at("one", uuid4())).status_code == 404
        return
    his = browser(wang)
    assert "You may not do this" in text_of(his.post(at("accept", row.pk), follow=True))
    assert only().state == "asked"


# ------------------------------------------------------------------ coming of age
def test_at_fourteen_the_young_person_is_asked_and_decides() -> None:
    child = town.person(8, name="张小明")
    parent, row = town.parent_of(child)
    hers = browser(parent)
    hers.post(at("act", row.pk))
    assert row.valid_until
    with acting_as(Actor.portal()):
        Representation.objects.filter(pk=row.pk).update(valid_until=timezone.now())
    assert "You do not act for this person any more" in text_of(hers.get("/data/", follow=True))
    assert town.expire(timezone.now()) == 1
    assert "Your child decides from now on" in text_of(hers.get(reverse("inbox:index")))
    his = browser(child)
    page = text_of(his.get(at("index")))
    assert "waits for: the represented person" in page
    with acting_as(Actor.portal()):
        put = Representation.objects.get(kind="minor")
    page = text_of(his.post(at("accept", put.pk), follow=True))
    assert "see what is held and shared and file requests and follow them" in page
    hers.post(at("act", put.pk))
    assert "Resume" not in text_of(hers.get("/consents/"))


# ------------------------------------------------------------------ at the counter
def test_a_clerk_helps_somebody_who_is_present_and_nothing_stays() -> None:
    sun, office = furnished(), town.desk()
    gao = browser(people.clerk(office))
    page = text_of(gao.get(at("assist")))
    assert "They confirm it with a code" in page
    answer = gao.post(at("assist"), {"number": town.number_of(sun)})
    code_page = answer["Location"]
    assert "30 minutes" in text_of(gao.get(code_page))
    assert "not the code" in text_of(gao.post(code_page, {"code": "0"}), 422)
    assert only().guesses == 1
    with acting_as(as_citizen(sun)):
        code = Letter.objects.get(kind="representation_code").params["code"]
    answer = gao.post(code_page, {"code": code}, follow=True)
    assert "They are present; this ends at" in text_of(answer)
    answer = gao.get("/data/")
    assert "My data" in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert gao.get("/admin/").status_code == 200
    assert gao.get("/inbox/").status_code == 404  # nobody else's, and the clerk has none
    answer = gao.post(at("stop"))
    assert answer["Clear-Site-Data"] == '"cache"'
    assert only().state == "ended"
    assert gao.get("/data/").status_code == 404
    assert gao.get(code_page).status_code == 200
    foreign = browser(people.clerk(people.agency("tax")))
    assert foreign.get(code_page).status_code == 404
    assert "opened your record" in text_of(browser(sun).get(at("index")))


def test_what_holds_after_ones_death_is_ones_own_to_arrange() -> None:
    wang = browser(town.person())
    assert "as the law says" in text_of(wang.get(at("index")))
    assert "Your arrangement is recorded" in text_of(wang.post(at("arrangement"), {"relatives_may": "no"}, follow=True))
    assert "You arranged that no relative" in text_of(wang.get(at("index")))
    assert wang.post(at("arrangement"), {"relatives_may": "x"}).status_code == 422


# ------------------------------------------------------------------ all of them
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_renders_in_both_languages(language: str) -> None:
    wang, li, office = town.person(), town.person(), town.desk()
    row = town.proxy(wang, li, agencies=(office.pk,), until=timezone.localdate() + timedelta(days=9))
    waiting = town.asked(li, town.person(8))
    town.act("end", town.granted(li, town.person()), li)
    hers, gao = browser(li, language), browser(people.clerk(office), language)
    for path in (at("index"), at("ask"), at("grant"), at("arrangement"), at("one", row.pk), at("one", waiting.pk)):
        page = text_of(hers.get(path))
        assert f'<html lang="{language}">' in page
    for path in (at("assist"), reverse("admin:representation_representation_change", args=[waiting.pk])):
        text_of(gao.get(path))
    assert gao.get(reverse("admin:representation_representation_change", args=["x"])).status_code == 404


def test_the_list_costs_the_same_for_many_as_for_few() -> None:
    li = town.person()
    hers = browser(li)

    def cost(where: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(hers.get(where))
        return len(captured)

    town.proxy(town.person(), li)
    cost(at("index"))
    few, home = cost(at("index")), cost("/")
    for _ in range(4):
        town.proxy(town.person(), li)
        town.granted(li, town.person())
    assert cost(at("index")) == few <= 14
    assert cost("/") == home
    with acting_as(Actor.portal()):
        assert not Consent.objects.exists()
