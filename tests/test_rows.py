"""Row-level security alone: no filter of ours, no trigger, no constraint; the web's own role, committed rows, raw SQL.

`TABLES` has a line for every table behind a wall: who sees the rows that are theirs, and who sees everybody's. In a
copy of the database with two worlds (tests/worlds.py), everybody counts, changes, removes and forges, and never
reaches the other world.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from portal.trail import actor as actors
from portal.trail.actor import ActorKind
from tests.plugin import RUNNING
from tests.test_walls import UNWALLED
from tests.worlds import Copy, id_of, subject_of, two_worlds

NOBODY: Final = "nobody"
AGENCY: Final = "clerk client"


@dataclass(frozen=True)
class Line:
    """Which kinds of actor see their own rows and which see all; who may add another's; what makes a row private."""

    own: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    values: dict[str, str] = field(default_factory=dict)


def line(own: str = "", all: str = "", adds: str = "", **values: str) -> Line:
    return Line(frozenset(own.split()), frozenset(all.split()), frozenset(adds.split()), values)


WHOEVER: Final = " ".join(ActorKind.values)  # with any actor; a web process that calls itself the portal is one
DRAFTS: Final = "authority regulator"
CATALOGUE: Final = line(AGENCY, DRAFTS, "authority")
CONSENTS: Final = line(f"citizen {AGENCY}", "regulator")
CASES: Final = line(f"citizen {AGENCY}")
WITNESSED: Final = line(f"citizen {AGENCY}", "regulator")

TABLES: Final[dict[str, Line]] = {
    "accounts_person": line(f"citizen gate {AGENCY}", adds=f"gate {AGENCY}"),
    "accounts_subjectlookup": line(adds=f"gate {AGENCY}"),  # asked by digest, never read
    "accounts_disclosure": WITNESSED,
    "accounts_idempotencykey": line("client"),
    # whoever calls is looked up before they are known; secrets in the rows are hashes
    "accounts_apiclient": line("clerk", " ".join({*ActorKind.values} - {"clerk"}), "operator"),
    "accounts_agencyscopes": line("clerk", "operator", "operator"),
    "accounts_contactchange": line("citizen"),
    "accounts_usersession": line(all="gate", adds="gate"),  # a citizen's by their user, of whom these worlds have none
    "catalogue_agency": line(all=WHOEVER, adds="authority"),
    "catalogue_system": line(all=WHOEVER, adds="authority"),
    "catalogue_dataset": line(AGENCY, DRAFTS, "authority", status="proposed"),
    "catalogue_dataitem": CATALOGUE,
    "catalogue_datasetversion": line(AGENCY, DRAFTS, "authority", status="proposed"),
    "catalogue_listing": line(all=f"{WHOEVER} {NOBODY}", adds="authority"),  # what is published
    "catalogue_agreement": line(AGENCY, DRAFTS, "authority", status="applied"),
    "catalogue_agreement_items": CATALOGUE,
    "catalogue_suspension": CATALOGUE,
    "catalogue_reidentificationtest": CATALOGUE,
    "catalogue_updateduty": CATALOGUE,
    "consent_purpose": line(AGENCY, DRAFTS, "authority", state="draft"),
    "consent_purpose_recipients": CATALOGUE,
    "consent_purposeitem": CATALOGUE,
    "consent_notice": CATALOGUE,
    "consent_ethicsreview": CATALOGUE,
    "consent_askinground": line(AGENCY),
    "consent_roundline": line(AGENCY),
    "consent_comment": line(f"citizen {AGENCY}", DRAFTS),
    "consent_consent": line(f"citizen {AGENCY}", "regulator", state="requested"),
    "consent_consentevent": WITNESSED,
    "consent_consentchange": line(AGENCY),
    "consent_decision": WITNESSED,
    "inbox_letter": line("citizen", adds=WHOEVER),  # acts of all kinds tell people
    "inbox_preference": line("citizen"),
    "inbox_digest": line("citizen"),
    "law_dayoverride": line(all=f"{WHOEVER} {NOBODY}", adds="authority operator"),  # the calendar
    "ledger_alertchoice": line("citizen"),
    "ledger_batch": WITNESSED,
    "ledger_challenge": WITNESSED,
    "ledger_embargo": line("citizen clerk", "regulator", state="lifted"),
    "ledger_holding": WITNESSED,
    "ledger_holdingchange": WITNESSED,
    "ledger_publicflow": line(all=WHOEVER),
    "ledger_reportingmonth": line(all=WHOEVER),
    "ledger_legalhold": line(all="regulator", adds="regulator"),
    "ledger_partitiondrop": line(all=WHOEVER),  # that something was dropped is told to everybody
    "ledger_droppedrows": line(all="regulator"),
    "ledger_statedcount": line(all=WHOEVER),  # counts, told to everybody
    "ledger_sharingevent": WITNESSED,
    "ledger_sharingnote": line(f"citizen {AGENCY}", "regulator", kind="unlawful"),
    "ledger_verification": WITNESSED,
    "ledger_tracker": line("clerk", "citizen"),  # every citizen has every log asked
    "oversight_answering": line(all="regulator"),
    "oversight_publication": line(all=WHOEVER),
    "outbox_attempt": line(AGENCY),
    "outbox_endpoint": line(AGENCY),
    "outbox_message": line(adds=WHOEVER),  # whoever acts may leave a message; nobody on the web reads one
    "outbox_webhook": line(AGENCY, adds=WHOEVER),
    "representation_representation": line("citizen clerk", "regulator"),
    "representation_document": line("citizen clerk"),
    "representation_arrangement": line("citizen gate"),
    "rights_appeal": line(f"citizen {AGENCY}", "regulator", state="filed", level="agency"),
    "rights_approval": WITNESSED,
    "rights_complaint": line("citizen", "regulator", state="filed"),
    "rights_escalation": WITNESSED,
    "rights_blackout": CASES,
    "rights_connector": line("clerk"),
    "rights_execution": line("clerk", state="asked"),
    "rights_erasure": line(f"citizen {AGENCY}", "regulator", confirmed_at="2026-11-01"),
    "rights_handover": line(f"citizen {AGENCY}", "regulator", state="offered"),
    "rights_mediation": WITNESSED,
    "rights_mediationstep": CASES,
    "rights_evidence": CASES,
    "rights_package": line("citizen"),
    "rights_part": WITNESSED,
    "rights_partfile": CASES,
    "rights_partmessage": CASES,
    "rights_pause": WITNESSED,
    "rights_receiver": line(all=f"{WHOEVER} {NOBODY}"),  # whom a person may choose
    "rights_precedent": line(all=WHOEVER, adds="regulator"),
    "rights_rightsrequest": WITNESSED,
    "rights_transfer": line("citizen client"),
    "rights_wantedchange": CASES,
    # an act may concern anybody, but is written in one's own name
    "trail_entry": line(f"citizen {AGENCY}", "regulator", adds="citizen gate regulator authority operator visitor"),
}


READERS: Final = ("regulator", "visitor", NOBODY)  # who write nothing, but for
DECIDES: Final = {("regulator", "rights_complaint")}


# ------------------------------------------------------------------ who asks
@dataclass(frozen=True)
class Asker:
    kind: str
    world: int  # 0: of no world

    def __str__(self) -> str:
        return f"{self.kind} of {self.world}" if self.world else self.kind

    def settings(self) -> tuple[str, ...]:
        """What `acting_as` tells the database."""
        subject = subject_of(self.world).hex() if self.kind in ("citizen", "gate") else ""
        agency = str(id_of("catalogue_agency", self.world)) if self.kind in AGENCY.split() else ""
        return ("" if self.kind == NOBODY else self.kind, subject, agency, "", subject, "", "", "")

    def sees(self, table: str) -> set[int]:
        """The worlds whose rows the table's line promises."""
        rule = TABLES[table]
        return {1, 2} if self.kind in rule.all else {self.world} if self.kind in rule.own else set()


ASKERS: Final = [
    *(Asker(kind, world) for kind in ("citizen", "gate", "clerk", "client") for world in (1, 2)),
    *(Asker(kind, 0) for kind in ("regulator", "authority", "operator", "visitor", "portal", NOBODY)),
]


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    with two_worlds({table: rule.values for table, rule in TABLES.items()}) as made:
        yield made


@pytest.fixture
def web(copy: Copy) -> Iterator[psycopg.Connection[Any]]:
    """The site's own role and login, each command in a transaction that is real."""
    with psycopg.connect(RUNNING.url("portal_web", copy.name)) as raw:
        yield raw


# ------------------------------------------------------------------ the tables
EVERY = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
AND relnamespace = 'public'::regnamespace ORDER BY 1
"""


def test_every_table_behind_a_wall_has_its_line(copy: Copy) -> None:
    assert sorted(set(copy.columns) ^ set(TABLES)) == []


def test_every_table_of_the_database_is_behind_a_wall_or_says_why_not(copy: Copy) -> None:
    every = {name for (name,) in copy.superuser.execute(EVERY).fetchall()}
    assert sorted(every - set(TABLES) - set(UNWALLED) - set(OF_LIBRARIES)) == []
    assert sorted((set(UNWALLED) | set(OF_LIBRARIES)) - every) == []


# Libraries read and write these before anybody is known to act, or hold nothing of anybody.
OF_LIBRARIES: Final[dict[str, str]] = {
    "django_session": "always empty: sessions are in accounts_session",
    "mfa_authenticator": "second factors of staff, read before they are known to act; secrets in them are sealed",
    "django_admin_log": "always empty: the admin is read-only, acts are in the trail",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "auth_group": "always empty",
    "auth_group_permissions": "always empty",
    "auth_permission": "names of permissions",
    "account_emailaddress": "always empty: citizens come through the identity provider",
    "account_emailconfirmation": "always empty",
    "socialaccount_socialaccount": "always empty: claims are taken before the library keeps any",
    "socialaccount_socialapp": "always empty: providers stand in the settings",
    "socialaccount_socialtoken": "always empty: tokens of the provider are not kept",
    "axes_accessattempt": "failed sign-ins of staff",
    "axes_accessattemptexpiration": "when a lock ends",
    "axes_accessfailurelog": "always empty",
    "axes_accesslog": "sign-ins of staff",
    "oauth2_provider_accesstoken": "found by its hash, before a system is known",
    "oauth2_provider_grant": "always empty: systems have credentials of their own",
    "oauth2_provider_devicegrant": "always empty",
    "oauth2_provider_idtoken": "always empty",
    "oauth2_provider_refreshtoken": "always empty",
}


@pytest.mark.parametrize("asker", ASKERS, ids=str)
def test_without_the_sites_filters_everybody_still_counts_their_own_alone(
    copy: Copy, web: psycopg.Connection[Any], asker: Asker
) -> None:
    wrong = []
    for table in TABLES:
        with web.transaction():
            web.execute(actors._SET_ACTOR, asker.settings())
            seen, counted = _seen(copy, web, table)
        if seen != asker.sees(table) or counted != len(seen):
            wrong.append(f"{asker} sees {sorted(seen)} of {table}")
    assert not wrong, "\n".join(wrong)


def _seen(copy: Copy, raw: psycopg.Connection[Any], table: str) -> tuple[set[int], int]:
    """The worlds whose rows are shown, and what a bare count says."""
    try:
        with raw.transaction():
            found = copy.read(raw, table)
            ((counted,),) = raw.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchall()
            return {copy.places[table][place] for place in found}, counted
    except psycopg.errors.InsufficientPrivilege:
        return set(), 0


def test_the_actor_is_gone_when_its_transaction_is_over(copy: Copy, web: psycopg.Connection[Any]) -> None:
    asker = Asker("citizen", 1)
    for end in (web.commit, web.rollback):
        web.execute(actors._SET_ACTOR, asker.settings())
        assert _seen(copy, web, "inbox_letter") == ({1}, 1)
        end()
        assert _seen(copy, web, "inbox_letter") == (set(), 0)
        ((told,),) = web.execute("SELECT portal_actor()").fetchall()
        assert told is None
        web.rollback()


def _as_web(copy: Copy, asker: Asker, act: Callable[[], Any]) -> None:
    """Do something as the web role inside the superuser's transaction, so that one may look at what it did."""
    raw = copy.superuser
    raw.execute("SET LOCAL ROLE portal_web")
    raw.execute(actors._SET_ACTOR, asker.settings())
    try:
        with raw.transaction():
            act()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UniqueViolation):
        pass
    raw.execute("RESET ROLE")


@pytest.mark.parametrize("asker", ASKERS, ids=str)
def test_nobody_changes_or_removes_what_they_do_not_see(copy: Copy, asker: Asker) -> None:
    wrong = []
    for table in TABLES:
        name = sql.Identifier(table)
        column = sql.Identifier(copy.columns[table][-1].name)
        for command in (
            sql.SQL("DELETE FROM {}").format(name),
            sql.SQL("UPDATE {} SET {} = {}").format(name, column, column),
        ):
            with copy.superuser.transaction(force_rollback=True):
                _as_web(copy, asker, lambda command=command: copy.superuser.execute(command))  # type: ignore[misc]
                left = {copy.places[table].get(place) for place in copy.read(copy.superuser, table)}
            touched = {1, 2} - left
            only_reads = asker.kind in READERS and (asker.kind, table) not in DECIDES
            if not touched <= asker.sees(table) or (touched and only_reads):
                wrong.append(f"{asker} reaches {sorted(touched)}: {command.as_string()}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("asker", ASKERS, ids=str)
def test_nobody_writes_a_row_into_anothers_world(copy: Copy, asker: Asker) -> None:
    wrong = []
    for table, rule in TABLES.items():
        command, given = copy.insert(table, 2 if asker.world == 1 else 1, seed="+", actor_kind=asker.kind)
        with copy.superuser.transaction(force_rollback=True):
            before = len(copy.read(copy.superuser, table))
            _as_web(copy, asker, lambda command=command, given=given: copy.superuser.execute(command, given))  # type: ignore[misc]
            forged = len(copy.read(copy.superuser, table)) - before
        if bool(forged) != (asker.kind in rule.adds):
            wrong.append(f"{asker} {'adds' if forged else 'no longer adds'} a row of another to {table}")
    assert not wrong, "\n".join(wrong)


# ------------------------------------------------------------------ how the walls are built
def test_policies_ask_who_acts_once_a_query_and_not_once_a_row(copy: Copy) -> None:
    rules = copy.superuser.execute(
        "SELECT tablename || '.' || policyname, coalesce(qual, '') || ' ' || coalesce(with_check, '') FROM pg_policies"
    ).fetchall()
    once = re.compile(r"\( SELECT portal_(actor|subject|agency)\(\) AS portal_\w+\)")
    bare = [name for name, rule in rules if re.search(r"portal_(actor|subject|agency)\(", once.sub("", rule))]
    assert rules
    assert bare == []


def test_partitions_grant_nothing_and_refuse_the_web_directly(copy: Copy, web: psycopg.Connection[Any]) -> None:
    parts = copy.superuser.execute(
        "SELECT relname, relrowsecurity, relacl::text FROM pg_class WHERE relispartition AND relkind = 'r'"
    ).fetchall()
    assert len(parts) >= 12
    for name, walled, granted in parts:
        assert walled, name
        assert re.findall(r"(\w+)=", granted or "") in ([], ["portal_owner"]), name
        web.execute(actors._SET_ACTOR, Asker("citizen", 1).settings())
        with pytest.raises(psycopg.errors.InsufficientPrivilege), web.transaction():
            web.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))


# ------------------------------------------------------------------ what is written stays written
FOR_GOOD: Final = (
    "trail_entry trail_leaf trail_node trail_head ledger_batch ledger_sharingevent ledger_sharingnote"
    " ledger_holdingchange consent_ethicsreview consent_consentevent consent_decision accounts_disclosure"
    " rights_partmessage representation_document ledger_statedcount ledger_partitiondrop ledger_droppedrows"
    " rights_precedent rights_mediationstep rights_escalation rights_blackout"
).split()
ROLES: Final = (
    "portal_web portal_worker portal_ingest portal_sealer portal_verifier portal_backup portal_owner postgres".split()
)
VERBS: Final = {
    "update": "UPDATE {} SET {} = {}",
    "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {}",
}


def test_every_role_but_retentions_is_tried_and_every_append_only_table(copy: Copy) -> None:
    roles = {name for (name,) in copy.superuser.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^p'").fetchall()}
    assert roles - {"portal_retention", "portal_test"} - {name for name in roles if name[:3] == "pg_"} == set(ROLES)
    protected = copy.superuser.execute(
        "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        " WHERE tgname LIKE 'pgtrigger_no_truncate%' AND NOT c.relispartition"
    ).fetchall()
    assert {name for (name,) in protected} == set(FOR_GOOD)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", [*FOR_GOOD, "the partition of an event"])
@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_for_good_is_neither_changed_nor_removed(copy: Copy, role: str, table: str, verb: str) -> None:
    raw = copy.superuser
    with raw.transaction(force_rollback=True):
        if table.startswith("the"):
            ((table,),) = raw.execute("SELECT DISTINCT tableoid::regclass::text FROM ledger_sharingevent").fetchall()
        if table in ("trail_leaf", "trail_node", "trail_head"):
            raw.execute(SEALED[table])
        raw.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
        ((column,),) = raw.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 LIMIT 1", [table]
        ).fetchall()
        names = [sql.Identifier(table), *[sql.Identifier(column)] * VERBS[verb].count("= {}") * 2]
        raw.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException)), raw.transaction():
            raw.execute(sql.SQL(VERBS[verb]).format(*names))


SEALED: Final = {
    "trail_leaf": "INSERT INTO trail_leaf VALUES (0, 'x', gen_random_uuid(), '')",
    "trail_node": "INSERT INTO trail_node VALUES (1, 0, '')",
    "trail_head": "INSERT INTO trail_head VALUES (1, '', now(), '')",
}
