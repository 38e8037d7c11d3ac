from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.ledger.ids import event_id, first_at, time_of

moments = st.datetimes(datetime(2023, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds of a strategy are naive
providers = st.uuids()
references = st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable())


@given(providers, references, moments)
def test_the_same_reference_and_time_is_the_same_id(provider: UUID, reference: str, moment: datetime) -> None:
    assert event_id(provider, reference, moment) == event_id(provider, reference, moment)


@given(providers, references, moments)
def test_an_id_is_a_uuid_of_version_7_that_keeps_the_time_to_the_millisecond(
    provider: UUID, reference: str, moment: datetime
) -> None:
    identifier = event_id(provider, reference, moment)
    assert (identifier.version, identifier.variant) == (7, RFC_4122)
    assert timedelta(0) <= moment - time_of(identifier) < timedelta(milliseconds=1)


@given(providers, references, references, moments)
def test_another_reference_is_another_id(provider: UUID, one: str, other: str, moment: datetime) -> None:
    assert (event_id(provider, one, moment) == event_id(provider, other, moment)) == (one == other)


@given(providers, providers, references, moments)
def test_two_agencies_never_share_an_id(one: UUID, other: UUID, reference: str, moment: datetime) -> None:
    assert (event_id(one, reference, moment) == event_id(other, reference, moment)) == (one == other)


@given(providers, references, moments, moments)
def test_ids_sort_by_time_and_the_bits_of_the_reference_stay_when_the_time_changes(
    provider: UUID, reference: str, one: datetime, other: datetime
) -> None:
    earlier, later = sorted([event_id(provider, reference, one), event_id(provider, reference, other)])
    assert time_of(earlier) <= time_of(later)
    assert earlier.int & ((1 << 80) - 1) == later.int & ((1 << 80) - 1)


@given(providers, references, moments)
def test_every_id_of_a_moment_lies_between_its_bounds(provider: UUID, reference: str, moment: datetime) -> None:
    assert first_at(moment) <= event_id(provider, reference, moment) < first_at(moment + timedelta(milliseconds=1))
