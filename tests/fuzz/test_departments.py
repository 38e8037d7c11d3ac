"""The departments' API under whatever its contract allows, and whatever it forbids, by two departments at once.

Every answer is held against the contract (schemathesis' checks); none is a server error, and none holds a word of
the other department's. Identifiers are drawn from what there is, own and the other's, so that calls get somewhere.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import pytest
import schemathesis
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.openapi.checks import RejectedPositiveData

from portal.accounts import queries as accounts
from portal.catalogue.models import Agency
from portal.trail.actor import Actor, acting_as
from portal.wsgi import application
from rights.models import Part
from tests import people
from tests.catalogue import factories as catalogue
from tests.consent import factories as consents
from tests.fuzz.conftest import tries, undone
from tests.ledger import factories as ledger
from tests.rights import factories as rights
from tests.test_walls import ADDRESSES

pytestmark = pytest.mark.django_db
SECRET: Final = "only for {}"  # stands in what is each department's own, and must never reach the other


NDJSON: Final = "application/x-ndjson"


@schemathesis.serializer(NDJSON)
def _lines(context: Any, body: Any) -> bytes:
    """A body of lines, as it was drawn: of text, or what no line can be."""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


@dataclass(frozen=True)
class Department:
    agency: Agency
    token: str
    identifiers: tuple[str, ...]  # of all its things
    private: tuple[str, ...]  # what the other must never read


@dataclass(frozen=True)
class Town:
    departments: tuple[Department, Department]
    subjects: tuple[str, ...]


def _token(agency: Agency) -> str:
    scopes = {scope for line in ADDRESSES.values() for scope in line.scope.split()}
    system, secret = people.api_client(agency, " ".join(sorted(scopes)))
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    return str(Client().post("/oauth/token", form).json()["access_token"])


def _part_of(agency: Agency) -> tuple[Part, str]:
    """An open part of this agency alone, about a person whom it alone was shown."""
    user = rights.person()
    words = SECRET.format(agency.code)
    request = rights.routed(user, datasets=(rights.dataset(DATASETS[agency.code]).pk,), words=words)
    with acting_as(Actor.portal()):
        return rights.part(request, agency.code), accounts.number_of(bytes(user.subject_key or b""))


DATASETS: Final = {"tax": "tax.income", "housing": "housing.account"}


@pytest.fixture
def town(one_connection: Callable[[], None]) -> Town:
    """Two departments, each with a case, a draft, and reports of its own."""
    rights.person()
    found, subjects = [], []
    for agency in (rights.tax(), rights.housing()):
        part, number = _part_of(agency)
        draft = catalogue.proposed(f"{agency.code}.draft", of=agency, name_en=SECRET.format(agency.code))
        row = ledger.event_row(
            f"r-{agency.code}",
            subject=number,
            dataset=DATASETS[agency.code],
            items=None,
            recipient="elsewhere",
            purpose_en=SECRET.format(agency.code),
        )
        people.agency("elsewhere")
        told = ledger.report(agency, row, at=rights.AT)
        events = [str(event.id) for event in ledger.events_of(number)]
        things = (str(part.pk), str(told.batch), draft.code, *events)
        found.append(
            Department(agency, _token(agency), things, (number, SECRET.format(agency.code), *things[:2], *events))
        )
        subjects.append(number)
    subjects.append(consents.identity(consents.given()))
    one_connection()
    return Town((found[0], found[1]), tuple(subjects))


def _contract() -> Any:
    config = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}})
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json?format=json", application, config=config)


# A contract can't say which codes exist or what the law allows: such input is refused with 422, and with pointers.
ACCEPTED: Final = ["2xx", "401", "403", "404", "409", "413", "422"]


def _real(case: Any, draw: Any, town: Town, caller: int, mode: GenerationMode) -> None:
    """Put what there is where a made-up identifier would lead nowhere: own or the other's. What is wrong stays so."""
    if mode is GenerationMode.NEGATIVE:
        return
    own, other = town.departments[caller], town.departments[1 - caller]
    things = st.sampled_from((*own.identifiers, *other.identifiers))
    for name in ("identifier", "code"):
        if name in (case.path_parameters or {}) and draw(st.integers(0, 3)):
            case.path_parameters[name] = draw(things)
    if case.media_type == NDJSON and draw(st.integers(0, 3)):
        about = {"purpose": "study", "dataset": draw(st.sampled_from(list(DATASETS.values())))}
        names = st.one_of(st.sampled_from(town.subjects), st.text(max_size=20))
        lines = [about, *draw(st.lists(st.one_of(names, st.builds(dict, subject=names)), max_size=5))]
        case.body = "\n".join(json.dumps(line) for line in lines)
    if isinstance(case.body, dict) and "subject" in case.body and draw(st.booleans()):
        case.body["subject"] = draw(st.sampled_from(town.subjects))
        case.body["purpose"] = draw(st.sampled_from(["study", "nothing"]))
        case.body["dataset"] = draw(st.sampled_from(["tax.income", "housing.account"]))


def _answered(case: Any, town: Town, caller: int) -> list[str]:
    """What is wrong with the answer, if anything."""
    me, other = town.departments[caller], town.departments[1 - caller]
    headers = _headers(me)
    response = case.call(headers=headers)
    wrong = [f"reads {secret!r}" for secret in other.private if secret in _unasked(case, response.text)]
    wrong += _broken(case, response, headers)
    asked = f"{me.agency.code}: {case.as_curl_command()[:600]} answers {response.status_code}"
    return [f"{asked}: {fault}" for fault in wrong]


def _headers(me: Department) -> dict[str, str]:
    """What each call says; the transport in front of WSGI does not unpack what is compressed."""
    return {"Authorization": f"Bearer {me.token}", "Accept-Language": "en", "Accept-Encoding": "identity"}


def _broken(case: Any, response: Any, headers: dict[str, str]) -> list[str]:
    """What the contract does not allow."""
    try:
        case.validate_response(response, headers=headers)
    except FailureGroup as group:
        found = [fault for fault in group.exceptions if not _is_meant(fault, case, response)]
        return [f"{type(fault).__name__}: {fault}" for fault in found]
    return []


def _unasked(case: Any, text: str) -> str:
    """The answer without what the question itself said: an identifier that comes back in a problem tells nothing."""
    said = [str(value) for value in (case.path_parameters or {}).values()]
    said += [str(value) for value in case.body.values()] if isinstance(case.body, dict) else []
    said += re.findall(r'"([^"]+)"', case.body) if isinstance(case.body, str) else []
    for word in said:
        text = text.replace(word, "")
    return text


def _is_meant(found: Any, case: Any, response: Any) -> bool:
    """Valid input that the law or the catalogue refuses; or a wrong row, which is told of in an answer of 201.

    Data Tracker, another's protocol, refuses with 400 what is no national number.
    """
    if isinstance(found, RejectedPositiveData):
        return bool(response.status_code == (400 if case.operation.path.startswith("/datatracker/") else 422))
    return isinstance(found, AcceptedNegativeData) and case.operation.path.endswith(("/holdings", "/sharing-events"))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "forbidden"])
def test_no_call_breaks_the_contract_or_tells_anothers(town: Town, mode: GenerationMode) -> None:
    wrong: list[str] = []
    for found in _contract().get_all_operations():
        operation = found.ok()

        @tries(6, 200)
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data(), caller=st.integers(0, 1))
        def call(case: Any, data: Any, caller: int) -> None:
            _real(case, data.draw, town, caller, mode)
            cache.clear()  # so many calls a minute are too many
            with undone():
                wrong.extend(_answered(case, town, caller))

        with suppress(Unsatisfiable):  # nothing can be forbidden in a call that takes nothing
            call()
    assert not wrong, "\n\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize("caller", [0, 1], ids=["one department", "the other"])
def test_calls_that_follow_one_another_break_nothing_either(town: Town, caller: int) -> None:
    me = town.departments[caller]

    class Steps(_contract().as_state_machine()):  # type: ignore[misc]  # made at run time
        def setup(self) -> None:
            self.left = undone()
            self.left.__enter__()

        def teardown(self) -> None:
            self.left.__exit__(None, None, None)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": _headers(me)}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            cache.clear()
            other = town.departments[1 - caller]
            assert not [secret for secret in other.private if secret in _unasked(case, response.text)]
            assert not _broken(case, response, self.get_call_kwargs(case)["headers"])

    run_state_machine_as_test(Steps, settings=tries(4, 100, stateful_step_count=6))
