"""Whatever the key and whatever the agency: a pairwise key opens for its agency, and for nobody else."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as some

from portal.accounts import numbers, pairwise
from tests.people import number

KEYS = some.binary(min_size=16, max_size=16)
AGENCIES = some.uuids()


@given(KEYS, AGENCIES)
@settings(max_examples=50, deadline=None)
def test_a_pairwise_key_opens_for_its_agency_and_is_always_the_same(key: bytes, of: UUID) -> None:
    told = pairwise.pairwise_key(key, agency_id=of)
    assert pairwise.opened(told, agency_id=of) == key
    assert told == pairwise.pairwise_key(key, agency_id=of)
    assert pairwise.looks_pairwise(told)
    assert told.replace("_", "").replace("-", "").isalnum()


@given(KEYS, AGENCIES, AGENCIES)
@settings(max_examples=50, deadline=None)
def test_two_agencies_have_different_keys_and_neither_opens_the_others(key: bytes, one: UUID, two: UUID) -> None:
    if one == two:
        return
    told = pairwise.pairwise_key(key, agency_id=one)
    assert told != pairwise.pairwise_key(key, agency_id=two)
    assert pairwise.opened(told, agency_id=two) is None


@given(some.text(max_size=80), AGENCIES)
@settings(max_examples=100, deadline=None)
def test_rubbish_opens_nothing_and_breaks_nothing(text: str, of: UUID) -> None:
    assert pairwise.opened(text, agency_id=of) is None
    assert pairwise.opened(f"{pairwise.MARK}1_{text}", agency_id=of) is None


@given(KEYS, AGENCIES, some.integers(min_value=4, max_value=40))
@settings(max_examples=50, deadline=None)
def test_a_changed_character_spoils_a_key(key: bytes, of: UUID, place: int) -> None:
    told = pairwise.pairwise_key(key, agency_id=of)
    other = "A" if told[place] != "A" else "B"
    assert pairwise.opened(told[:place] + other + told[place + 1 :], agency_id=of) is None


@given(some.integers(min_value=1, max_value=10**6))
@settings(max_examples=100, deadline=None)
def test_every_spelling_of_a_number_has_one_digest(seed: int) -> None:
    plain = number(seed)
    spelled = f" {plain[:6]}-{plain[6:14]} {plain[14:]} ".lower()
    assert numbers.normalised(spelled) == plain
    assert numbers.digest(numbers.normalised(spelled)) == numbers.digest(plain)
