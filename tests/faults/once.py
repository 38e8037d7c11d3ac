"""What a story must have left behind: each thing once, whatever was killed on the way."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from portal.demo.serving import Demo
from portal.demo.story import Story
from tests.faults.killing import PATIENCE, Rows, eventually

SYSTEM: Final = "tax"  # answers by itself, told by webhook
CLERK: Final = "civil-affairs"

PARTS: Final = """
SELECT a.code, p.id::text FROM rights_part p JOIN catalogue_agency a ON a.id = p.agency_id WHERE p.request_id = %s
"""
LEFT: Final = """
SELECT about_id, 'trail', event FROM trail_entry WHERE about_id = ANY(%(ids)s)
UNION ALL
SELECT about_id, 'letter', kind FROM inbox_letter WHERE about_id = ANY(%(ids)s)
UNION ALL
SELECT part_id::text, 'file', 'of the reply' FROM rights_partfile WHERE part_id::text = ANY(%(ids)s)
UNION ALL
SELECT object_id, 'webhook', event FROM outbox_webhook WHERE object_id = ANY(%(ids)s)
UNION ALL
SELECT object_id, 'taken', event FROM outbox_webhook w JOIN outbox_attempt a ON a.webhook_id = w.id
WHERE object_id = ANY(%(ids)s) AND a.status BETWEEN 200 AND 299
UNION ALL
SELECT about, 'message ' || state, topic
FROM outbox_message, coalesce(payload ->> 'request_id', payload ->> 'object') AS about WHERE about = ANY(%(ids)s)
"""
WAITING: Final = "SELECT count(*) FROM outbox_message WHERE state = 'waiting'"

Traces = Counter[tuple[str, str]]
A_PART: Final = Traces(
    {
        ("trail", "rights.part.assigned"): 1,
        ("trail", "rights.part.delivered"): 1,
        ("trail", "rights.part.acknowledged"): 1,
        ("trail", "rights.part.answered"): 1,
        ("file", "of the reply"): 1,
        ("message done", "outbox.webhook.due"): 1,
    }
)
A_SYSTEMS_PART: Final = A_PART + Traces(
    {
        ("webhook", "rights.part.assigned"): 1,
        ("taken", "rights.part.assigned"): 1,
        ("message done", "outbox.webhook.delivered"): 1,
    }
)
THE_REQUEST: Final = Traces(
    {
        ("trail", "rights.draft.begun"): 1,
        ("trail", "rights.draft.saved"): 5,  # one a question
        ("trail", "rights.request.submitted"): 1,
        ("trail", "rights.request.routed"): 1,
        ("trail", "rights.request.closed"): 1,
        ("trail", "rights.package.sealed"): 1,
        ("trail", "rights.package.downloaded"): 1,
        ("letter", "request_submitted"): 1,
        ("letter", "part_acknowledged"): 2,  # one a part
        ("letter", "part_answered"): 2,
        ("letter", "request_answered"): 1,
        ("letter", "package_ready"): 1,
        ("message done", "rights.request.submitted"): 1,
        ("message done", "rights.part.answered"): 2,
        ("message done", "rights.package.asked"): 1,
    }
)
ONCE: Final = {"the request": THE_REQUEST, SYSTEM: A_SYSTEMS_PART, CLERK: A_PART}


@dataclass
class Log:
    """What one of the demo's processes says from now on."""

    demo: Demo
    process: str
    before: int = field(init=False)  # characters

    def __post_init__(self) -> None:
        self.before = len(self._whole())

    def _whole(self) -> str:
        return (self.demo.data / "logs" / f"{self.process}.log").read_text(errors="replace")

    def found(self, pattern: str) -> list[str]:
        """Every match of a regular expression; of its group, where it has one."""
        return re.findall(pattern, self._whole()[self.before :])


def idle(rows: Rows) -> bool:
    """Whether the outbox has nothing left to do."""
    return rows.execute(WAITING).fetchone() == (0,)


def request_of(story: Story) -> str:
    return story.request.strip("/").split("/")[-1]


def parts_of(rows: Rows, story: Story) -> dict[str, str]:
    """The part of each agency, as far as the request is routed."""
    found = rows.execute(PARTS, [request_of(story)]).fetchall()
    parts: dict[str, str] = dict(found)
    assert len(parts) == len(found), f"an agency got two parts: {found}"
    return parts


def assert_each_thing_happened_once(rows: Rows, story: Story, department: Log) -> None:
    """Every trace of the request and its two parts is there, and none twice; the department did its work once."""
    assert eventually(lambda: idle(rows), PATIENCE), "the outbox still has something to do"
    parts = parts_of(rows, story)
    who = {part: agency for agency, part in parts.items()} | {request_of(story): "the request"}
    left: dict[str, Traces] = {name: Traces() for name in who.values()}
    for about, what, which in rows.execute(LEFT, {"ids": list(who)}).fetchall():
        left[who[about]][what, which] += 1
    assert set(left) == set(ONCE)
    for name, expected in ONCE.items():
        assert left[name] == expected, name

    assert eventually(lambda: len(department.found("rights.part.assigned")) == 1, PATIENCE), "it heard of its part once"
    assert department.found(r'"part": "([-0-9a-f]+)", "event": "department.part_answered"') == [parts[SYSTEM]]
