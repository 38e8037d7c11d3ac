"""Reading the catalogue. Row-level security decides what the actor sees; these never widen it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from portal.catalogue.errors import UnknownAgency, UnknownDataset, UnknownItem
from portal.catalogue.models import Agency, Agreement, DataItem, Dataset, DatasetVersion, Listing, Suspension, System
from portal.catalogue.models.bases import Named
from portal.catalogue.states import AgreementState, DatasetState, VersionState
from portal.catalogue.words import Method, Sharing

N = TypeVar("N", bound=Named)
IN_FORCE: Final = (AgreementState.GRANTED, AgreementState.SUSPENDED)  # the latter covers what lies outside it


def agency(code: str) -> Agency:
    """The agency of this code; raises UnknownAgency."""
    found = Agency.objects.filter(code=code).first()
    if found is None:
        raise UnknownAgency()
    return found


def agencies(codes: Iterable[str]) -> dict[str, Agency]:
    """The agencies of these codes; unknown codes are left out."""
    return {found.code: found for found in Agency.objects.filter(code__in=set(codes))}


def dataset(code: str) -> Dataset:
    """The dataset of this code that the actor may see, with its agency and system; raises UnknownDataset."""
    found = Dataset.objects.select_related("agency", "system", "source_of_truth").filter(code=code).first()
    if found is None:
        raise UnknownDataset()
    return found


def all_agencies() -> QuerySet[Agency]:
    """Every agency in the register, by code."""
    return Agency.objects.filter(active=True).order_by("code")


def datasets(codes: Iterable[str]) -> dict[str, Dataset]:
    """The datasets of these codes, with their agencies; unknown codes are left out."""
    rows = Dataset.objects.select_related("agency").filter(code__in=set(codes))
    return {found.code: found for found in rows}


def items_of(of: Dataset, codes: Iterable[str] | None = None) -> list[DataItem]:
    """The items of a dataset that are in use, in order; with `codes`, exactly those. Raises UnknownItem."""
    rows = list(DataItem.objects.filter(dataset=of, active=True).order_by("position", "code"))
    if codes is None:
        return rows
    wanted = set(codes)
    if wanted - {item.code for item in rows}:
        raise UnknownItem()
    return [item for item in rows if item.code in wanted]


def agreement_covering(
    provider: Agency | UUID,
    recipient: Agency | UUID,
    of: Dataset | UUID,
    items: Iterable[UUID] = (),
    *,
    at: datetime,
) -> Agreement | None:
    """The agreement under which `recipient` may have these items on the day of `at`, or None.

    No items means every item: then only an agreement about the whole dataset covers it. An agreement about single
    items must name each of them. One that was ended covers what happened before its end.
    """
    wanted = set(items)
    day = timezone.localtime(at).date()
    candidates = (
        Agreement.objects.filter(_key("provider", provider), _key("recipient", recipient), _key("dataset", of))
        .filter(Q(status__in=IN_FORCE) | Q(status=AgreementState.ENDED, ended_at__gt=at))
        .exclude(Exists(_suspended(at)))
        .filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)
        .order_by("valid_from", "id")
        .prefetch_related(Prefetch("items", queryset=DataItem.objects.only("id")))
    )
    for candidate in candidates:
        named = {item.pk for item in candidate.items.all()}
        if not named or (wanted and wanted <= named):
            return candidate
    return None


def agreement_covers(
    provider: Agency | UUID,
    recipient: Agency | UUID,
    of: Dataset | UUID,
    items: Iterable[UUID] = (),
    *,
    at: datetime,
) -> bool:
    """Whether an agreement covers these items for the recipient on the day of `at`; see agreement_covering."""
    return agreement_covering(provider, recipient, of, items, at=at) is not None


def _suspended(at: datetime) -> QuerySet[Suspension]:
    rows = Suspension.objects.filter(agreement=OuterRef("pk"), began_at__lte=at)
    return rows.filter(Q(ended_at=None) | Q(ended_at__gt=at))


def _key(name: str, value: Agency | Dataset | UUID) -> Q:
    return Q(**{f"{name}_id": value if isinstance(value, UUID) else value.pk})


def agreement_ids(codes: Iterable[str]) -> dict[str, UUID]:
    """The agreements of these codes that the actor may see; unknown codes are left out."""
    return dict(Agreement.objects.filter(code__in=set(codes)).values_list("code", "pk"))


def agreements_for(of: Dataset) -> list[Agreement]:
    """Who may receive a dataset by an agreement that was granted and not ended, with recipients and items; newest
    first. A suspended one is among them and says so."""
    rows = (
        Agreement.objects.filter(dataset=of, status__in=IN_FORCE)
        .select_related("recipient", "recipient_system")
        .prefetch_related("items", "tests")
        .order_by("-valid_from", "code")
    )
    return list(rows)


def received_by(of: Agency) -> list[Agreement]:
    """What an agency may receive from others by agreements in force, with their datasets and providers; newest first,
    at most a hundred."""
    rows = Agreement.objects.filter(recipient=of, status=AgreementState.GRANTED)
    return list(rows.select_related("dataset", "provider").order_by("-valid_from", "code")[:100])


def published() -> QuerySet[Dataset]:
    """What everybody may read in the catalogue."""
    return Dataset.objects.filter(status=DatasetState.PUBLISHED)


def agencies_with_datasets() -> QuerySet[Agency]:
    """Agencies that have something in the public catalogue; by code."""
    return Agency.objects.filter(Exists(Listing.objects.filter(agency=OuterRef("pk")))).order_by("code")


def already_shared(of: Dataset) -> list[tuple[str, str]]:
    """Items that an agency means to collect though another shares them: the item's code and the other's dataset.

    They are the same where they cite the same data element, or have the same name in Chinese.
    """
    waiting = open_proposal(of)
    items: list[dict[str, str]] = waiting.content["items"] if waiting else []
    names = {item["name_zh"]: item["code"] for item in items}
    elements = {item["data_element"]: item["code"] for item in items if item.get("data_element")}
    rows = (
        DataItem.objects.filter(Q(name_zh__in=names) | Q(data_element__in=elements), active=True)
        .filter(dataset__status=DatasetState.PUBLISHED)
        .exclude(dataset__agency=of.agency_id)
        .exclude(dataset__sharing=Sharing.NOT_SHARED)
        .order_by("dataset__code", "position")
        .values_list("name_zh", "data_element", "dataset__code")[:50]
    )
    return [(elements.get(element) or names[name], code) for name, element, code in rows]


def defined_apart() -> QuerySet[DataItem]:
    """Items in use that two agencies call by the same Chinese name and define differently."""
    public = DataItem.objects.filter(active=True, dataset__status=DatasetState.PUBLISHED)
    names = (
        public.order_by()
        .values("name_zh")
        .annotate(
            agencies=Count("dataset__agency", distinct=True),
            definitions=Count(Concat("data_element", Value("|"), "code_list", Value("|"), "special_category"),
                              distinct=True),
        )
        .filter(agencies__gt=1, definitions__gt=1)
        .values("name_zh")
    )  # fmt: skip
    return public.filter(name_zh__in=names).order_by("name_zh", "dataset__code")


def approved_versions(of: Dataset) -> list[DatasetVersion]:
    """Every version of a dataset that was ever public, newest first; at most a hundred."""
    return list(of.versions.filter(status=VersionState.APPROVED).order_by("-number")[:100])


def published_whole() -> Iterator[Dataset]:
    """Every published dataset with agency and items, by code: drawn as it is read, for an answer that is streamed."""
    rows = published().select_related("agency", "source_of_truth").prefetch_related("items").order_by("code")
    yield from rows.iterator(chunk_size=200)


def open_proposal(of: Dataset) -> DatasetVersion | None:
    """What waits for a decision about a dataset."""
    return of.versions.filter(status=VersionState.PROPOSED).first()


def approved_content(of: Dataset) -> Mapping[str, object] | None:
    """The content of the version that is published, or None before the first approval."""
    return of.versions.filter(number=of.version).values_list("content", flat=True).first()


def names_of_agencies(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names in the reader's language by id, in one query."""
    return _names(Agency.objects.all(), ids)


def names_of_datasets(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names in the reader's language by id, in one query."""
    return _names(Dataset.objects.all(), ids)


def agencies_of_datasets(ids: Iterable[UUID]) -> set[UUID]:
    """Whose these datasets are."""
    return set(Dataset.objects.filter(pk__in=set(ids)).values_list("agency_id", flat=True))


def agencies_at_work() -> QuerySet[Agency]:
    """Every agency that is active, by code."""
    return Agency.objects.filter(active=True).order_by("code")


def items_in_use() -> QuerySet[DataItem]:
    """The items of published datasets, to be chosen from; each with its dataset."""
    rows = DataItem.objects.filter(active=True, dataset__status=DatasetState.PUBLISHED)
    return rows.select_related("dataset").order_by("dataset__code", "position", "code")


def datasets_of_items(ids: Iterable[UUID]) -> list[Dataset]:
    """The datasets that these items belong to."""
    return list(Dataset.objects.filter(items__in=set(ids)).distinct())


def held_by_basis(ids: Iterable[UUID], bases: Iterable[str]) -> set[UUID]:
    """Those of these datasets that are collected on one of these bases."""
    rows = Dataset.objects.filter(pk__in=set(ids), collection_basis__in=list(bases))
    return set(rows.values_list("pk", flat=True))


def items_in(datasets: Iterable[UUID]) -> QuerySet[DataItem]:
    """The items in use of these datasets, in their order, each with its dataset."""
    rows = DataItem.objects.filter(dataset__in=set(datasets), active=True).select_related("dataset")
    return rows.order_by("dataset__code", "position", "code")


def names_of_items(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names in the reader's language by id, in one query; also of items that are no longer in use."""
    return _names(DataItem.objects.all(), ids)


def _names(rows: QuerySet[N], ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = set(ids)
    return {row.pk: row.name for row in rows.filter(pk__in=wanted).only("id", "name_zh", "name_en")} if wanted else {}


def method_label(code: str) -> str:
    """A way of sharing in words; a department's own words as they are."""
    return str(dict(Method.choices).get(code, code))


def systems_of(of: Agency) -> list[System]:
    """An agency's systems, by code; at most a hundred."""
    return list(System.objects.filter(agency=of).order_by("code")[:100])


def proposals() -> QuerySet[DatasetVersion]:
    """What waits for the authority, oldest first."""
    rows = DatasetVersion.objects.filter(status=VersionState.PROPOSED)
    return rows.select_related("dataset", "agency").order_by("proposed_at", "id")
