"""Reading requests and parts. Row-level security decides what the actor sees; these never widen it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from django.db.models import Case, Count, DateField, F, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import ExtractDay, TruncMonth
from django.utils import timezone
from django.utils.translation import get_language

from portal.catalogue import queries as catalogue
from portal.catalogue.models import DataItem
from portal.law import clock
from portal.law import queries as law
from portal.ledger import queries as ledger
from portal.trail import queries as trail
from portal.trail.actor import Actor
from portal.trail.models import Entry
from rights import changes, files, redress
from rights.changes import Shown
from rights.errors import NoPackage, UnknownApproval, UnknownPart, UnknownRequest
from rights.models import (
    Approval,
    Evidence,
    Kind,
    Package,
    Part,
    PartFile,
    PartMessage,
    RightsRequest,
    WantedChange,
)
from rights.states import OPEN, REQUEST_OPEN, RUNNING, PartState, RequestState

WORK_PAGE = 100


@dataclass(frozen=True)
class Summary:
    """An open request in one line."""

    id: UUID
    number: str
    title: str
    parts: int
    answered: int
    due_at: datetime | None


@dataclass(frozen=True)
class Question:
    """A department waits for the person's answer."""

    request_id: UUID
    part_id: UUID
    number: str
    agency: str


@dataclass(frozen=True)
class Choice:
    """A dataset that a person may name in a request."""

    dataset_id: UUID
    code: str
    dataset: str
    agency: str


@dataclass
class Row:
    """A part as the person sees it in the list."""

    part: Part
    days_left: int
    is_late: bool
    question: PartMessage | None = None
    files: list[PartFile] = field(default_factory=list)
    messages: list[PartMessage] = field(default_factory=list)


@dataclass(frozen=True)
class Handled:
    """How often an agency's parts of one kind, filed in one month, came to one end after so many whole days."""

    month: date  # its first day, in the site's time zone
    agency_id: UUID
    kind: str
    end: Literal["in_time", "late", "overdue", "running"]
    ground: str  # of a refusal, also of one in part
    days: int | None  # None while it is open
    times: int


@dataclass(frozen=True)
class Late:
    """How an agency stands with its parts."""

    agency_id: UUID
    agency: str
    open: int
    overdue: int


# ------------------------------------------------------------------ the person's
def requests_of(subject_key: bytes) -> QuerySet[RightsRequest]:
    """A person's requests, the newest first, each with `answered` and `total` parts."""
    return (
        RightsRequest.objects.filter(subject_key=subject_key)
        .exclude(state=RequestState.DRAFT)
        .annotate(
            total=Count("parts", filter=~Q(parts__state__in=(PartState.TRANSFERRED,))),
            answered=Count("parts", filter=Q(parts__state=PartState.ANSWERED)),
        )
        .order_by("-submitted_at", "-id")
    )


def request(subject_key: bytes, identifier: UUID) -> RightsRequest:
    """One of a person's requests that were sent; raises UnknownRequest."""
    found = any_request(subject_key, identifier)
    if found.is_draft:
        raise UnknownRequest
    return found


def any_request(subject_key: bytes, identifier: UUID) -> RightsRequest:
    """One of a person's requests, sent or not; raises UnknownRequest."""
    found = RightsRequest.objects.filter(subject_key=subject_key, pk=identifier).first()
    if found is None:
        raise UnknownRequest
    return found


def subject_of_case(number: str) -> bytes | None:
    """Whose request has this number, where the actor may see it."""
    found = RightsRequest.objects.filter(number=number).values_list("subject_key", flat=True).first()
    return bytes(found) if found is not None else None


def drafts_of(subject_key: bytes) -> QuerySet[RightsRequest]:
    """What a person began and has not sent, the last saved first."""
    rows = RightsRequest.objects.filter(subject_key=subject_key, state=RequestState.DRAFT)
    return rows.order_by("-saved_at", "-id")


def draft(subject_key: bytes, identifier: UUID) -> RightsRequest:
    """One of a person's drafts; raises UnknownRequest."""
    found = drafts_of(subject_key).filter(pk=identifier).first()
    if found is None:
        raise UnknownRequest
    return found


def changes_of(of: RightsRequest) -> list[Shown]:
    """What a correction asks, item by item, opened."""
    rows = WantedChange.objects.filter(request=of).select_related("dataset", "item")
    return changes.shown(list(rows.order_by("dataset__code", "item__position", "item__code")))


def wanted_changes(part: Part) -> list[Shown]:
    """What a correction asks of this part: the changes to its dataset, or all where it has none."""
    return [row for row in changes_of(part.request) if part.dataset_id in (None, row.dataset_id)]


def wanted_items(part: Part) -> list[DataItem]:
    """The items that a part is limited to; none where it is about all of its dataset."""
    items = catalogue.items_in([part.dataset_id] if part.dataset_id else []).filter(pk__in=part.request.items)
    return list(items)


def evidence_of(of: RightsRequest, part: Part | None = None) -> list[Evidence]:
    """The files that a person put to a request; with `part`, also those that they sent to it alone."""
    which = Q(part=None) | Q(part=part) if part else Q(part=None)
    return list(Evidence.objects.filter(which, request=of).order_by("name", "id"))


def evidence(of: RightsRequest, identifier: UUID) -> Evidence:
    """One of these files; raises UnknownRequest."""
    found = Evidence.objects.filter(request=of, pk=identifier).first()
    if found is None:
        raise UnknownRequest
    return found


def own_evidence(subject_key: bytes, identifier: UUID) -> Evidence:
    """A file that a person put to one of their requests; raises UnknownRequest."""
    found = Evidence.objects.filter(subject_key=subject_key, pk=identifier).first()
    if found is None:
        raise UnknownRequest
    return found


def rows_of(of: RightsRequest, *, at: datetime) -> list[Row]:
    """A request's parts with messages and files, in a fixed number of queries."""
    parts = (
        Part.objects.filter(request=of)
        .select_related("agency", "dataset")
        .prefetch_related(
            Prefetch("messages", PartMessage.objects.order_by("at")),
            Prefetch("files", PartFile.objects.order_by("name")),
            Prefetch("evidence", Evidence.objects.order_by("name", "id")),
            *redress.of_parts(),
        )
        .order_by("agency__code", "dataset__code", "id")
    )
    calendar = law.calendar()
    return [_row(part, clock.working_days_left(part.due_at, at=at, calendar=calendar), at) for part in parts]


def names_of(of: RightsRequest) -> list[str]:
    """The datasets that a request names, in words; none where it asks for everything."""
    return sorted(catalogue.names_of_datasets(of.datasets).values())


def _row(part: Part, days_left: int, at: datetime) -> Row:
    messages = list(part.messages.all())
    asked = [message for message in messages if message.is_from_agency]
    question = asked[-1] if asked and part.state == PartState.INFORMATION_NEEDED else None
    is_late = part.state in RUNNING and part.due_at < at
    return Row(part, days_left, is_late, question, list(part.files.all()), messages)


def open_summary(subject_key: bytes) -> list[Summary]:
    """A person's open requests for the first page, the most urgent first; one query."""
    rows = (
        RightsRequest.objects.filter(subject_key=subject_key, state__in=REQUEST_OPEN)
        .annotate(
            total=Count("parts", filter=~Q(parts__state=PartState.TRANSFERRED)),
            answered=Count("parts", filter=Q(parts__state=PartState.ANSWERED)),
        )
        .prefetch_related(Prefetch("parts", Part.objects.filter(state__in=RUNNING).order_by("due_at")))
    )
    found = [
        Summary(
            row.pk,
            row.number,
            str(Kind(row.kind).label),
            row.total,
            row.answered,
            next((part.due_at for part in row.parts.all()), None),
        )
        for row in rows
    ]
    return sorted(found, key=lambda summary: (summary.due_at is None, summary.due_at))


def open_requests(subject_key: bytes) -> QuerySet[RightsRequest]:
    """A person's requests that still wait for an answer, the oldest first."""
    return RightsRequest.objects.filter(subject_key=subject_key, state__in=REQUEST_OPEN).order_by("submitted_at")


def open_questions(subject_key: bytes) -> list[Question]:
    """What departments want to know from a person; one query."""
    rows = Part.objects.filter(subject_key=subject_key, state=PartState.INFORMATION_NEEDED)
    return [
        Question(part.request_id, part.pk, part.request.number, part.agency.name)
        for part in rows.select_related("request", "agency").order_by("due_at")
    ]


def choices(subject_key: bytes, named: str = "", also: Iterable[UUID] = ()) -> list[Choice]:
    """What a request may name: what is held about the person, the published dataset of the code `named`, and `also`."""
    found = [holding.dataset for holding in ledger.holdings_of(subject_key)]
    more = set(also) - {dataset.pk for dataset in found}
    if more or (named and named not in {dataset.code for dataset in found}):
        found += catalogue.published().select_related("agency").filter(Q(code=named) | Q(pk__in=more))
    unique = {dataset.pk: Choice(dataset.pk, dataset.code, dataset.name, dataset.agency.name) for dataset in found}
    return sorted(unique.values(), key=lambda choice: (choice.agency, choice.dataset))


def own_part(subject_key: bytes, identifier: UUID) -> Part:
    """A part of one of a person's requests; raises UnknownRequest."""
    found = Part.objects.select_related("request", "agency").filter(subject_key=subject_key, pk=identifier).first()
    if found is None:
        raise UnknownRequest
    return found


def steps_of(of: RightsRequest) -> list[Entry]:
    """Everything that was done with a request and its parts, and each look at the person, the newest first."""
    parts = [str(pk) for pk in Part.objects.filter(request=of).values_list("pk", flat=True)]
    done = trail.entries_about_any({RightsRequest._meta.label: [str(of.pk)], Part._meta.label: parts})
    looks = trail.entries_of(bytes(of.subject_key)).filter(
        event="accounts.person.disclosed", facts__of__in=[f"rights.part:{part}" for part in parts]
    )
    return sorted([*done, *looks], key=lambda entry: (entry.at, entry.id), reverse=True)


def file_of(subject_key: bytes, identifier: UUID) -> PartFile:
    """A file that a department gave a person; raises UnknownRequest. Only answered parts show theirs."""
    rows = PartFile.objects.filter(subject_key=subject_key, pk=identifier, part__state=PartState.ANSWERED)
    found = rows.select_related("part").first()
    if found is None:
        raise UnknownRequest
    return found


def package_of(of: RightsRequest) -> Package | None:
    """A request's package, asked for or ready."""
    return Package.objects.filter(request=of).first()


def package_content(of: RightsRequest) -> tuple[Package, Iterator[bytes]]:
    """A ready package and its bytes; raises NoPackage."""
    package = package_of(of)
    if package is None or not package.is_ready:
        raise NoPackage
    return package, files.opened(package.stored_as)


# ------------------------------------------------------------------ the department's
def part_of(agency_id: UUID, identifier: UUID) -> Part:
    """A part of this agency, with request and dataset; raises UnknownPart."""
    rows = Part.objects.select_related("request", "agency", "dataset", "dataset__system")
    found = rows.filter(agency_id=agency_id, pk=identifier).first()
    if found is None:
        raise UnknownPart
    return found


def approval_of(part: Part, actor: Actor) -> Approval | None:
    """What became of this actor's own question to see whom a part is about; the newest."""
    asked = Approval.objects.filter(part=part, asked_by=actor.user_id, asked_by_client=actor.client_id or "")
    return asked.order_by("-asked_at", "-id").first()


def approval(agency_id: UUID, part: Part, identifier: UUID) -> Approval:
    """A question about a part of this agency; raises UnknownApproval."""
    found = Approval.objects.select_related("part").filter(agency_id=agency_id, part=part, pk=identifier).first()
    if found is None:
        raise UnknownApproval
    return found


def approvals_of(part: Part) -> list[Approval]:
    """All questions to see whom a part is about, the oldest first."""
    return list(Approval.objects.filter(part=part).order_by("asked_at", "id"))


def work_list(agency_id: UUID, *, state: str = "", after: UUID | None = None, size: int = WORK_PAGE) -> list[Part]:
    """An agency's parts in the order in which they came, after a cursor, `size` + 1 of them at most."""
    rows = Part.objects.filter(agency_id=agency_id).select_related("request", "dataset")
    if state:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(pk__gt=after)
    return list(rows.order_by("pk")[: size + 1])


# ------------------------------------------------------------------ the regulator's
def overdue_by_agency(*, at: datetime) -> Sequence[Late]:
    """Each agency's open and overdue parts, the latest first."""
    rows = (
        Part.objects.filter(state__in=OPEN)
        .values("agency_id", "agency__name_zh", "agency__name_en")
        .annotate(open=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=at, state__in=RUNNING)))
        .order_by("-overdue", "-open")
    )
    is_english = (get_language() or "").startswith("en")
    return [
        Late(
            row["agency_id"],
            row["agency__name_en"] if is_english else row["agency__name_zh"],
            row["open"],
            row["overdue"],
        )
        for row in rows
    ]


def handled(since: date, *, at: datetime) -> Iterator[Handled]:
    """What became of the parts filed since a day, as counts; cancelled and passed-on parts are nobody's answer."""
    ends = Case(
        When(state=PartState.ANSWERED, answered_at__lte=F("due_at"), then=Value("in_time")),
        When(state=PartState.ANSWERED, then=Value("late")),
        When(state__in=RUNNING, due_at__lt=at, then=Value("overdue")),
        default=Value("running"),
    )
    rows = (
        Part.objects.filter(submitted_at__gte=datetime.combine(since, time.min, timezone.get_current_timezone()))
        .exclude(state__in=(PartState.TRANSFERRED, PartState.CANCELLED))
        .annotate(
            month=TruncMonth("submitted_at", output_field=DateField()),
            end=ends,
            taken=ExtractDay(F("answered_at") - F("submitted_at")),
        )
        .order_by()
        .values_list("month", "agency_id", "kind", "end", "ground", "taken")
        .annotate(times=Count("pk"))
    )
    return (Handled(*row) for row in rows.iterator())
