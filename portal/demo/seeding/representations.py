"""Who acts for whom in the sample: parents, an adult's guardian, a proxy. Each asks or grants as people would."""

from datetime import datetime, timedelta
from typing import Final

from portal.demo.city.records import City
from portal.demo.seeding.cast import sign_in
from portal.representation import actions
from portal.representation.actions import Grant, Wish
from portal.representation.states import Act, Kind
from portal.trail.actor import acting_as

BY_LAW: Final = (
    ("zhang-san", "zhang-xiaoming", Kind.CHILD, 300),  # days before the seed
    ("li-mei", "zhang-xiaoming", Kind.CHILD, 290),
    ("he-xue", "sun-lan", Kind.ADULT, 200),
)
GRANTED, TO, DAYS_AGO = "zhao-liu", "chen-jing", 60


def begin(sample: City, *, at: datetime) -> None:
    """Bring them in. What the household register shows is proven at once; the proxy accepts."""
    for who, whom, kind, ago in BY_LAW:
        then = at - timedelta(days=ago)
        person = sample.citizens[whom]
        _, actor = sign_in(sample, who, at=then)
        with acting_as(actor):
            actions.ask(Wish(kind, person.number, person.name.zh), actor=actor, at=then)
    _grant(sample, at=at - timedelta(days=DAYS_AGO))


def _grant(sample: City, *, at: datetime) -> None:
    """A retired teacher lets a younger colleague look after what is held about her, and file for her."""
    proxy = sample.citizens[TO]
    _, grantor = sign_in(sample, GRANTED, at=at)
    with acting_as(grantor):
        row = actions.grant(Grant(proxy.number, proxy.name.zh, (Act.SEE, Act.FILE)), actor=grantor, at=at)
    _, accepting = sign_in(sample, TO, at=at)
    with acting_as(accepting):
        actions.accept(row, actor=accepting, at=at)
