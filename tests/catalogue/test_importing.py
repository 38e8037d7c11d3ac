"""Taking over real registers: dirty records, twice, and files that aren't what they are said to be."""

import csv
import gzip
import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from portal.catalogue import actions, queries
from portal.catalogue.importing import cleaning, csv_file, riha
from portal.catalogue.importing.records import Unusable
from portal.catalogue.models import Agency, DataItem, Dataset, DatasetVersion, System
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests.catalogue.factories import AT

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
FIXTURES = Path(__file__).parent / "fixtures"
DIRTY = FIXTURES / "riha-dirty.json"
REAL = os.environ.get("PORTAL_RIHA_FILE", "")  # the real register, where it is at hand: the last test is there then


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "riha.json.gz"
    path.write_bytes(gzip.compress(DIRTY.read_bytes()))
    return path


def run(path: Path, tmp_path: Path, kind: str = "riha") -> list[dict[str, str]]:
    """Import the file and read its report."""
    report = tmp_path / "report.tsv"
    call_command("import_catalogue", path, format=kind, report=report)
    text = [line for line in report.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(text, dialect="excel-tab"))


def outcomes(lines: list[dict[str, str]]) -> Counter[str]:
    return Counter(line["outcome"] for line in lines)


def everything(as_owner: AsOwner) -> list[object]:
    with as_owner():
        return [list(table.objects.order_by("pk").values()) for table in (Agency, System, Dataset, DataItem, Entry)]


def test_every_record_has_an_outcome_and_a_reason(packed: Path, tmp_path: Path, as_owner: AsOwner) -> None:
    lines = run(packed, tmp_path)
    assert outcomes(lines) == {"taken": 6, "refused": 6, "merged": 4}
    refused = {line["record"]: line["why"] for line in lines if line["outcome"] == "refused"}
    assert refused == {
        "5 omanikuta": "its owner has no code",
        "6 nimetu": "its owner has no name",
        "7": "it has no short name",
        "8 nimeta": "it has no name",
        "9": "it is not a system: it has no details",
        "#10": "it is not a system: it has no details",
    }
    with as_owner():
        assert (Agency.objects.count(), System.objects.count(), Dataset.objects.count()) == (5, 6, 3)


def test_dirty_texts_are_cleaned_and_doubled_names_kept_apart(packed: Path, tmp_path: Path) -> None:
    run(packed, tmp_path)
    with acting_as(Actor.visitor()):
        register = queries.dataset("riha-er")
        assert (register.name_en, register.name_zh) == ("Elanike register", "Elanike register")
        assert register.summary_en == "Peab elanike arvestust & väljastab andmeid."
        assert [item.name_en for item in queries.items_of(register)] == ["isiku nimi", "isikukood", "elukoha aadress"]
        assert (register.collection_citation_en, register.grade) == ("Näidisseadus", "general-4")
        other = queries.dataset("riha-er-10000002")
        assert (other.agency.name_en, other.collection_basis) == ("Näidis OÜ", "not-stated")
        assert System.objects.get(code="riha-oue-jaatmed").status == "retired"
        assert queries.agency("ee-75000003").name_en == "Näidise Vallavalitsus"
        assert not Dataset.objects.filter(code="riha-tyhi").exists()


def test_what_a_register_approved_is_public_and_says_which_register(
    packed: Path, tmp_path: Path, as_owner: AsOwner
) -> None:
    run(packed, tmp_path)
    with as_owner():
        assert set(DatasetVersion.objects.values_list("proposed_by", "decided_by")) == {("portal", "register:riha")}
        assert Entry.objects.filter(event="catalogue.dataset.taken_over").count() == 3
        assert Entry.objects.get(event="catalogue.import.completed").facts["counts"]["taken"] == 6


def test_a_second_run_changes_nothing_and_says_so(
    packed: Path, tmp_path: Path, as_owner: AsOwner, capsys: pytest.CaptureFixture[str]
) -> None:
    run(packed, tmp_path)
    before = everything(as_owner)
    capsys.readouterr()
    lines = run(packed, tmp_path)
    assert outcomes(lines) == {"unchanged": 6, "refused": 6, "merged": 4}
    assert "Nothing was changed" in capsys.readouterr().out
    assert everything(as_owner) == before


def test_a_later_edition_revises_what_changed_and_leaves_what_others_have_set(packed: Path, tmp_path: Path) -> None:
    run(packed, tmp_path)
    with acting_as(Actor.portal()):
        owner = queries.agency("ee-70000001")
        kept = {name: getattr(owner, name) for name in ("code", "name_zh", "name_en", "origin", "original_language")}
        actions.register_agency(**kept, reports_sharing=True, channel="api", actor=Actor.portal(), at=AT)
    later = tmp_path / "later.json"
    later.write_text(DIRTY.read_text(encoding="utf-8").replace("Näidisamet", "Uus Amet").replace("aadress ", "koht"))
    lines = run(later, tmp_path)
    assert outcomes(lines)["revised"] == 1
    with acting_as(Actor.visitor()):
        owner = queries.agency("ee-70000001")
        assert (owner.name_en, owner.reports_sharing, owner.channel) == ("Uus Amet", True, "api")
        assert queries.dataset("riha-er").version == 2


def broken(path: Path, kind: str, as_owner: AsOwner) -> str:
    before = everything(as_owner)
    with pytest.raises(CommandError) as refused:
        call_command("import_catalogue", path, format=kind)
    assert everything(as_owner) == before
    assert str(refused.value).endswith("Nothing was changed.")
    return str(refused.value)


def test_a_gzip_file_cut_off_anywhere_changes_nothing(packed: Path, as_owner: AsOwner) -> None:
    whole = packed.read_bytes()
    for size in (12, len(whole) // 2, len(whole) - 1):
        packed.write_bytes(whole[:size])
        assert "cut off or damaged" in broken(packed, "riha", as_owner)


def test_a_damaged_gzip_file_changes_nothing(packed: Path, as_owner: AsOwner) -> None:
    whole = bytearray(packed.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    packed.write_bytes(whole)
    assert "cut off or damaged" in broken(packed, "riha", as_owner)


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", "riha", "not JSON"),
        (b'{"content": [', "riha", "not JSON"),
        (b"\xff\xfe\x00", "riha", "not JSON"),
        (b"[" * 100_000, "riha", "not JSON"),
        (b"[1, 2]", "riha", "not a RIHA register"),
        (b'{"content": []}', "riha", "not a RIHA register"),
        (b'{"content": [{"title": "else"}]}', "riha", "not a RIHA register"),
        (b'{"totalElements": 2, "content": [{"id": 1, "details": {}}]}', "riha", "more or fewer"),
        (b"", "csv", "lacks the columns"),
        (b"a,b\n1,2\n", "csv", "lacks the columns"),
        (b"\x00\x01", "csv", "not a text file"),
        (b"\x81", "csv", "neither UTF-8 nor GB 18030"),
    ],
)
def test_a_wrong_file_is_named_as_such_and_changes_nothing(
    content: bytes, kind: str, message: str, tmp_path: Path, as_owner: AsOwner
) -> None:
    path = tmp_path / "wrong"
    path.write_bytes(content)
    assert message in broken(path, kind, as_owner)


def test_the_formats_are_not_mistaken_for_each_other(packed: Path, as_owner: AsOwner) -> None:
    assert "not a text file" in broken(packed, "csv", as_owner)
    assert "not JSON" in broken(FIXTURES / "catalogue.csv", "riha", as_owner)


def test_a_missing_file_or_folder_is_named(tmp_path: Path, as_owner: AsOwner) -> None:
    for kind in ("riha", "csv"):
        assert "no such file" in broken(tmp_path / "nothing", kind, as_owner)
        assert "no such file" in broken(tmp_path, kind, as_owner)
    before = everything(as_owner)
    for target in (tmp_path / "no" / "report.tsv", tmp_path):
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("import_catalogue", DIRTY, format="riha", report=target)
    assert everything(as_owner) == before


def test_a_table_goes_to_approval(tmp_path: Path, as_owner: AsOwner) -> None:
    lines = run(FIXTURES / "catalogue.csv", tmp_path, "csv")
    assert [(line["outcome"], line["code"]) for line in lines] == [
        ("taken", "housing.loans"),
        ("merged", "housing.loans"),
        ("refused", "housing.deposits"),
        ("refused", "housing.lost"),
        ("refused", ""),
    ]
    assert "/collection_basis" in lines[2]["why"]
    with as_owner():
        loans = Dataset.objects.get()
        assert (loans.status, loans.agency.code, loans.items.count()) == ("proposed", "housing", 2)
    assert outcomes(run(FIXTURES / "catalogue.csv", tmp_path, "csv"))["unchanged"] == 1


def test_a_table_in_gb_18030_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gb.csv"
    path.write_bytes((FIXTURES / "catalogue.csv").read_text(encoding="utf-8").encode("gb18030"))
    records = csv_file.read(path)
    assert not isinstance(records[0], Unusable)
    assert records[0].agency["name_zh"] == "住房公积金管理中心"


def test_a_broken_line_of_a_table_is_named_by_number(tmp_path: Path, as_owner: AsOwner) -> None:
    text = (FIXTURES / "catalogue.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "broken.csv"
    path.write_text("\n".join([*text, "a" + "," * 30]), encoding="utf-8")
    assert "Line 8 has too many columns" in broken(path, "csv", as_owner)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("  a \t b\n", "a b"),
        ("<p>a<br>b</p>", "a b"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("1 < 2", "1 < 2"),
        ("<style>p{}</style>text<script>x</script>", "text"),
        ("<img src=x onerror=alert(1)>", ""),
        ("-", ""),
        ("NULL", ""),
        (None, ""),
        (5, ""),
        ("a\x00b\x07", "a b"),
    ],
)
def test_texts_lose_markup_and_noise(dirty: object, clean: str) -> None:
    assert cleaning.words(dirty) == clean


@pytest.mark.parametrize(
    ("text", "code"),
    [("Õue-jäätmed", "oue-jaatmed"), ("kool.ee", "kool.ee"), ("a  /  b", "a-b"), ("..", ""), ("-.x", "x")],
)
def test_codes_are_plain_letters(text: str, code: str) -> None:
    assert cleaning.folded(text) == code


def the_real_register_is_taken_whole_and_once(tmp_path: Path, as_owner: AsOwner) -> None:
    path = Path(REAL)
    lines = run(path, tmp_path)
    counts = outcomes(lines)
    assert counts["taken"] + counts["refused"] == len(riha.read(path)) == 1304
    with as_owner():
        assert System.objects.count() == counts["taken"]
        assert Dataset.objects.filter(status="published").count() == 167
        assert not Dataset.objects.annotate(held=Count("items")).filter(held=0).exists()
    before = everything(as_owner)
    assert outcomes(run(path, tmp_path))["unchanged"] == counts["taken"]
    assert everything(as_owner) == before


if REAL:
    test_the_real_register_is_taken_whole_and_once = the_real_register_is_taken_whole_and_once
