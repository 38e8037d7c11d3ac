"""People and systems that tests act as."""

from datetime import date, timedelta
from itertools import count

from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from stdnum.cn import ric

from portal.accounts import actions as accounts
from portal.accounts import queries, standing
from portal.accounts.id_tokens import Vouched
from portal.accounts.levels import Level
from portal.accounts.models import ApiClient, ClerkRole, Person, User, UserKind
from portal.catalogue.models import Agency
from portal.trail import vault
from portal.trail.actor import Actor, acting_as

_numbers = count(1)
_plain_login = Client.force_login


def number(seed: int | None = None, born_on: date = date(1988, 5, 17)) -> str:
    """A valid 18-digit resident identity number, another for each seed."""
    seed = next(_numbers) if seed is None else seed
    stem = f"110101{born_on + timedelta(days=seed // 1000):%Y%m%d}{seed % 1000:03d}"
    return stem + str(ric.calc_check_digit(stem + "0"))


def citizen(identity: str | None = None, *, name: str = "张三") -> User:
    """Somebody who signed in by the identity provider."""
    with acting_as(Actor.portal()):
        key = accounts.register_subject(identity or number(), at=timezone.now(), name=name)
    return get_user_model().objects.create(username=key.hex(), kind=UserKind.CITIZEN, subject_key=key)


def with_mail(user: User, mail: str = "zhang@example.org") -> User:
    """The same person, who has proven that this address is theirs."""
    assert user.subject_key
    key = bytes(user.subject_key)
    with acting_as(Actor.portal()):
        Person.objects.filter(pk=key).update(mail_sealed=vault.seal(mail, place=queries.place("mail", key)))
    return user


def as_citizen(user: User) -> Actor:
    assert user.subject_key
    return Actor.citizen(user.pk, user.subject_key)


def agency(code: str = "tax") -> Agency:
    """An agency, made once for each code."""
    with acting_as(Actor.portal()):
        return Agency.objects.get_or_create(code=code, defaults={"name_zh": f"{code} 局", "name_en": f"Bureau {code}"})[
            0
        ]


def clerk(of: Agency, username: str = "clerk", role: ClerkRole = ClerkRole.CLERK) -> User:
    """A clerk of an agency."""
    return User.objects.create_user(
        username=f"{username}-{of.code}", password="a long password 1", kind=UserKind.CLERK, agency=of, role=role,
        is_staff=True,
    )  # fmt: skip


def administrator(of: Agency) -> User:
    """Who keeps an agency's systems and endpoints."""
    return clerk(of, "administrator", ClerkRole.ADMINISTRATOR)


def as_clerk(user: User) -> Actor:
    assert user.agency_id
    return Actor.clerk(user.pk, user.agency_id, user.role)


def staff(kind: UserKind, username: str | None = None) -> User:
    """Somebody of the authority, the regulator or the operator."""
    return User.objects.create_user(
        username=username or kind.value, password="a long password 1", kind=kind, is_staff=True
    )


def api_client(of: Agency, scopes: str) -> tuple[ApiClient, str]:
    """A departmental system and its secret."""
    with acting_as(Actor.portal()):
        return accounts.create_api_client(
            of.pk, f"system of {of.code}", scopes, actor=Actor.portal(), at=timezone.now()
        )


def as_client(client: ApiClient) -> Actor:
    assert client.agency_id
    return Actor.client(client.client_id, client.agency_id)


def come_in(
    browser: Client,
    user: User,
    backend: str | None = None,
    *,
    level: Level = Level.SUBSTANTIAL,
    ago: timedelta = timedelta(),
) -> None:
    """Sign somebody in without a door, as surely and as long ago as a test needs it."""
    _plain_login(browser, user, backend or "django.contrib.auth.backends.ModelBackend")
    session, at = browser.session, timezone.now() - ago
    standing.stamp(session, "city", Vouched(str(user.pk), "", level, at), at=at)
    session.save()
