"""`search`: the public catalogue with 100 000 datasets, beside the same search in SQL written by hand.

The peer is bound by no policy and builds no objects: one statement for the page, one for the count.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import psycopg

from portal.catalogue import search, segments
from portal.catalogue.search import Asked
from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id
from tests.bench.harness import Bench, at_least, at_most, seconds

DATASETS: Final = 100_000
AGENCIES: Final = 300
PAGE: Final = 20
HAN: Final = "个人所得税申报住房公积金贷款居民身份证件机动车驾驶社会保险缴费医疗诊断记录学籍婚姻登记不动产权"
WORDS: Final = (
    "income tax returns housing fund loan resident card vehicle licence insurance visit school marriage".split()
)
FILL: Final = """
INSERT INTO catalogue_dataset SELECT (jsonb_populate_record(d, jsonb_build_object(
    'id', n.id, 'code', n.code, 'agency_id', n.agency_id, 'name_zh', n.name_zh, 'name_en', n.name_en))).*
FROM catalogue_dataset d, incoming n WHERE d.code = 'bench.sample'
"""
FITTING: Final = """
SELECT d.code, d.name_zh, d.name_en, d.classification, d.sharing, a.code, a.name_zh, a.name_en
FROM catalogue_listing l JOIN catalogue_dataset d ON d.id = l.dataset_id JOIN catalogue_agency a ON a.id = d.agency_id
WHERE l.words @@ %(query)s::tsquery ORDER BY {order} LIMIT 20
"""
COUNT: Final = "SELECT count(*) FROM catalogue_listing WHERE words @@ %(query)s::tsquery"
BY_RANK: Final = "ts_rank(l.words, %(query)s::tsquery) DESC, l.code"
UNINDEXED: Final = """
SELECT code FROM catalogue_dataset WHERE status = 'published' AND (name_zh ILIKE %(like)s OR name_en ILIKE %(like)s
    OR summary_zh ILIKE %(like)s OR summary_en ILIKE %(like)s) ORDER BY code LIMIT 20
"""


def measure(bench: Bench) -> None:
    """Rare and common words, Chinese and English; and a page far behind."""
    with bench.superuser() as connection:
        _fill(connection)
        for name, words in (("a rare word", "zyx777"), ("chinese", "税申报住"), ("english", "income licence")):
            _compare(bench, connection, name, words)
        far = seconds(lambda: _ours(Asked(), page=DATASETS // PAGE // 2))
        first = seconds(lambda: _ours(Asked(), page=0))
        bench.compare("search: page 2 500 beside the first", far, first, at_most(10))


def _compare(bench: Bench, connection: psycopg.Connection[Any], name: str, words: str) -> None:
    given = {"query": segments.query(words), "like": f"%{words.split(maxsplit=1)[0]}%"}
    found = connection.execute(COUNT, given).fetchone()
    count = found[0] if found else 0
    order = BY_RANK if count <= search.RANKED else "l.code"

    def theirs() -> None:
        connection.execute(COUNT, given).fetchall()
        connection.execute(FITTING.format(order=order), given).fetchall()

    note = f"{count} found"
    ours = seconds(lambda: _ours(Asked(words=words)))
    bench.compare(f"search: {name}, beside SQL by hand", ours, seconds(theirs), at_most(2), note=note)
    slow: Callable[[], float] = seconds(lambda: connection.execute(UNINDEXED, given).fetchall())
    bench.compare(f"search: {name}, beside ILIKE", slow, ours, at_least(2), note="how many times as long ILIKE takes")


def _ours(asked: Asked, page: int = 0) -> None:
    with acting_as(Actor.visitor()):
        found = search.find(asked)
        search.shown(list(found.rows[page * PAGE : (page + 1) * PAGE]))


def _fill(connection: psycopg.Connection[Any]) -> None:
    """Agencies, datasets and listings as a publication writes them, past triggers: nothing else is measured on them."""
    connection.execute("SET session_replication_role = replica")
    agencies = [new_id() for _ in range(AGENCIES)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO catalogue_agency (id, code, kind, region, level, contact, channel, reports_sharing, active, "
            "origin, name_zh, name_en, original_language) VALUES (%s, %s, 'department', '', 'city', '', 'api', false, "
            "true, '', %s, %s, '')",
            [(key, f"a{number}", f"第{number}局", f"Bureau {number}") for number, key in enumerate(agencies)],
        )
    rows = list(_rows(agencies))
    connection.execute("CREATE TEMP TABLE incoming (id uuid, code text, agency_id uuid, name_zh text, name_en text)")
    with connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(SAMPLE, [new_id(), agencies[0]])
    connection.execute(FILL)
    connection.execute("DELETE FROM catalogue_dataset WHERE code = 'bench.sample'")
    with connection.cursor() as cursor, cursor.copy(LISTINGS) as copy:
        for key, code, agency, name_zh, name_en in rows:
            words = segments.document({"A": [name_zh, name_en, code], "C": [name_en[::-1]]})
            copy.write_row([key, code, agency, "government", "unconditional", "basic", "duty", "closed", "{}",
                            f"{name_zh} {name_en}".lower(), words])  # fmt: skip
    connection.execute("ANALYZE catalogue_listing, catalogue_dataset, catalogue_agency")


SAMPLE: Final = """
INSERT INTO catalogue_dataset (id, code, agency_id, name_zh, name_en, original_language, summary_zh, summary_en, kind,
    format, update_frequency, sharing, sharing_conditions_zh, sharing_conditions_en, sharing_citation_zh,
    sharing_citation_en, sharing_method, classification, classification_reason_zh, classification_reason_en, grade,
    special_categories, collection_basis, collection_citation_zh, collection_citation_en, collection_force,
    retention_zh, retention_en, contact, opening, opening_basis_zh, opening_basis_en, secrecy, secrecy_handling_zh,
    secrecy_handling_en, ownership, assessment, assessed_on, head, head_approved_on, status, version, published_at,
    origin)
VALUES (%s, 'bench.sample', %s, 'x', 'x', '', '', '', 'government', '', 'daily', 'unconditional', '', '', '', '',
    'interface', 'basic', '', '', 'general-2', '{}', 'duty', 'x', 'x', 'imposes-duty', '', '', '', 'closed', '', '',
    'none', '', '', '[]', 'x', '2026-01-01', 'x', '2026-01-01', 'published', 1, now(), '')
"""
LISTINGS: Final = (
    "COPY catalogue_listing (dataset_id, code, agency_id, kind, sharing, classification, basis, opening, "
    "special_categories, names, words) FROM STDIN"
)


def _rows(agencies: list[UUID]) -> Iterator[tuple[UUID, str, UUID, str, str]]:
    drawn = random.Random(809)  # the same names in every run
    for number in range(DATASETS):
        at = drawn.randrange(len(HAN) - 8)
        words = " ".join(drawn.sample(WORDS, 4))
        name_zh = HAN[at : at + 8] + HAN[number % len(HAN)]
        yield new_id(), f"bench.n{number}", drawn.choice(agencies), name_zh, f"{words} zyx{number}"
