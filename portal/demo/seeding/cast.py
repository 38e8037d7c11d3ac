"""Who acts in the seed: staff, departmental systems and citizens, made where they are not there yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from portal.accounts import actions as accounts
from portal.accounts.levels import Level
from portal.accounts.models import ApiClient, User, UserKind
from portal.catalogue.models import Agency
from portal.demo.city.records import City, Dataset
from portal.trail.actor import Actor, acting_as

SCOPES = {  # of the sample departmental systems
    "tax": "catalogue holdings sharing consent.request consent.decide rights",
    "housing-fund": "catalogue holdings sharing consent.request consent.decide rights",
}
SCOPES_OF_OTHERS = "holdings sharing consent.request consent.decide"


@dataclass
class Cast:
    """The actors of the sample. Agencies by their code in the sample, which is also the catalogue's."""

    sample: City
    staff: dict[str, UUID]
    agencies: dict[str, UUID] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)  # agency's code -> client id

    def authority(self, turn: int = 0) -> Actor:
        """One of the persons of the catalogue authority: what the first proposes, the second approves."""
        return Actor.authority(self.staff[self.sample.authority()[turn].username])

    def regulator(self) -> Actor:
        return Actor.regulator(self.staff["regulator"])

    def clerk(self, agency: str) -> Actor | None:
        """The first clerk of an agency, where it has one."""
        for person in self.sample.staff.values():
            if person.agency == agency:
                return Actor.clerk(self.staff[person.username], self.agencies[agency])
        return None

    def client(self, agency: str) -> Actor:
        """The agency's departmental system."""
        return Actor.client(self.clients[agency], self.agencies[agency])

    def proposer(self, agency: str) -> Actor:
        """Who lays something before the authority for an agency: its clerk, or else the authority's first person."""
        return self.clerk(agency) or self.authority(0)

    def decider_on(self, dataset: Dataset) -> Actor:
        """Who grants another agency a dataset: the provider's clerk, or else the authority's second person."""
        return self.clerk(dataset.agency) or self.authority(1)


def hire(sample: City, *, at: datetime) -> dict[str, UUID]:
    """Accounts for those of the staff who have no agency, by their user names."""
    return _accounts(sample, {}, lambda kind: kind != UserKind.CLERK, at=at)


def hire_clerks(sample: City, agencies: dict[str, UUID], *, at: datetime) -> dict[str, UUID]:
    """Accounts for the clerks of the agencies, by their user names."""
    return _accounts(sample, agencies, lambda kind: kind == UserKind.CLERK, at=at)


def _accounts(
    sample: City, agencies: dict[str, UUID], wanted: Callable[[str], bool], *, at: datetime
) -> dict[str, UUID]:
    people = [person for person in sample.staff.values() if wanted(person.kind)]
    known = get_user_model().objects.filter(username__in=[person.username for person in people])
    found: dict[str, UUID] = {user.username: user.pk for user in known}
    for person in people:
        if person.username not in found:
            user = accounts.create_staff(
                person.username,
                sample.password,
                UserKind(person.kind),
                agency_id=agencies.get(person.agency),
                actor=Actor.portal(),
                at=at,
            )
            found[person.username] = user.pk
    return found


def connect(sample: City, agencies: dict[str, UUID], *, at: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """A departmental system for each agency: client ids by agency, and the secrets of the sample systems made now."""
    known = dict(ApiClient.objects.filter(agency_id__in=agencies.values()).values_list("agency_id", "client_id"))
    clients = {code: known[pk] for code, pk in agencies.items() if pk in known}
    secrets: dict[str, str] = {}
    untold = make_password(token_urlsafe(40))  # of systems that don't run here: a hash whose secret nobody has
    for code, pk in agencies.items():
        if pk in known:
            continue
        name = f"{sample.agencies[code].name.en}: departmental system"
        client, secret = accounts.create_api_client(
            pk,
            name,
            SCOPES.get(code, SCOPES_OF_OTHERS),
            secret=None if code in SCOPES else untold,
            actor=Actor.portal(),
            at=at,
        )
        clients[code] = client.client_id
        if code in SCOPES:
            secrets[code] = secret
    return clients, secrets


def agencies_of(sample: City) -> dict[str, UUID]:
    """The sample's agencies as the catalogue has them."""
    return dict(Agency.objects.filter(code__in=sample.agencies).values_list("code", "id"))


def register_people(sample: City, *, at: datetime) -> dict[str, bytes]:
    """The sample's people as data subjects, by their codes in the sample."""
    with acting_as(Actor.portal()):
        return {
            code: accounts.register_subject(person.number, at=at, name=person.name.zh, mail=person.mail)
            for code, person in sample.citizens.items()
        }


def sign_in(sample: City, code: str, *, at: datetime) -> tuple[User, Actor]:
    """A person of the sample, signed in as the identity provider would have it."""
    person = sample.citizens[code]
    user = accounts.sign_in(
        person.number, name=person.name.zh, mail=person.mail, language="zh-hans", door="city", level=Level.BASE, at=at
    )
    return user, Actor.citizen(user.pk, user.subject_key or b"")
