"""The worker and Redis are killed in the middle of the main story: it still ends, and each department got each part
once."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from portal.demo.city import city
from portal.demo.serving import Demo
from portal.demo.story import BY_SYSTEM, Story
from tests.faults.killing import (
    PATIENCE,
    Rows,
    eventually,
    kill_redis,
    kill_worker,
    let_leases_run_out,
    now,
    redis_away,
    redis_remembers,
    stopped_worker,
    works_again,
)
from tests.faults.moments import Gate, Halt, at_the_commit_about, before_a_row_of
from tests.faults.once import SYSTEM, Log, assert_each_thing_happened_once, idle, parts_of

pytestmark = pytest.mark.faults

Step = Callable[[Story], str]
Connect = Callable[[], Rows]

STEPS: Final[tuple[Step, ...]] = (
    Story.files,
    Story.is_routed,
    Story.is_answered_by_system,
    Story.is_answered_by_clerk,
    Story.gets_the_package,
)
FIRST_PART: Final = (before_a_row_of("rights_part"),)
BETWEEN_PARTS: Final = (*FIRST_PART, before_a_row_of("outbox_message"))  # one is written, its agency not yet told
COMMIT: Final = (*FIRST_PART, at_the_commit_about(city().datasets[BY_SYSTEM].unified))  # done, and nobody was told
# The step that sets the worker to work, and the gates that lead to where it is killed, one kill for each row of them.
MOMENTS: Final[dict[str, tuple[Step, tuple[tuple[Gate, ...], ...]]]] = {
    "before the first part, three times": (Story.files, (FIRST_PART,) * 3),
    "between two parts": (Story.files, (BETWEEN_PARTS,)),
    "as its work is committed": (Story.files, (COMMIT,)),
    "as the webhook is numbered": (Story.files, ((before_a_row_of("outbox_webhook"),),)),
    "as the request is closed": (Story.is_answered_by_clerk, ((before_a_row_of("rights_package"),),)),
}
ATTEMPTS: Final = """
SELECT a.status FROM outbox_attempt a JOIN outbox_webhook w ON w.id = a.webhook_id WHERE w.object_id = %s
"""


@pytest.fixture
def story(demo: Demo, supervisor: "subprocess.Popen[bytes]") -> Iterator[Story]:
    """A citizen who has signed in."""
    begun = Story(demo)
    begun.signs_in()
    yield begun
    begun.zhang.client.close()
    begun.clerk.client.close()


@pytest.fixture
def department(story: Story) -> Log:
    """The tax bureau's system, whose log begins with the test."""
    return Log(story.demo, f"department-{SYSTEM}")


def play(story: Story, *steps: Step) -> None:
    for step in steps:
        step(story)


def kill_worker_at(halt: Halt, story: Story, step: Step | None) -> None:
    """Take the step, and kill the worker where that has led it."""
    with halt:
        if step is not None:
            step(story)
        halt.wait()
        kill_worker(story.demo.processes["worker"])
    assert eventually(halt.gone, PATIENCE), "what the killed worker had begun is still open"
    let_leases_run_out(halt.rows)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_story_ends_wherever_the_worker_is_killed(
    story: Story, department: Log, rows: Rows, connect: Connect, moment: str
) -> None:
    during, kills = MOMENTS[moment]
    play(story, *STEPS[: STEPS.index(during)])

    for number, gates in enumerate(kills):
        kill_worker_at(Halt(rows, connect, gates), story, None if number else during)

    assert eventually(lambda: idle(rows), PATIENCE), "nobody finished what the killed worker had begun"
    play(story, *STEPS[STEPS.index(during) + 1 :])
    assert_each_thing_happened_once(rows, story, department)


def test_a_webhook_that_was_taken_and_not_noted_is_sent_again_and_ignored(
    story: Story, department: Log, rows: Rows, connect: Connect
) -> None:
    with Halt(rows, connect, (before_a_row_of("outbox_attempt"),)) as halt:
        story.files()
        halt.wait()
        assert eventually(lambda: department.found("department.part_answered"), PATIENCE), "the webhook did not arrive"
        kill_worker(story.demo.processes["worker"])
    assert eventually(halt.gone, PATIENCE)
    part = parts_of(rows, story)[SYSTEM]
    assert rows.execute(ATTEMPTS, [part]).fetchall() == []

    let_leases_run_out(rows)

    assert eventually(lambda: rows.execute(ATTEMPTS, [part]).fetchall() == [(204,)], PATIENCE), "not sent again"
    play(story, *STEPS[1:])
    assert_each_thing_happened_once(rows, story, department)


def test_the_story_ends_when_redis_is_killed_in_the_middle_of_routing(
    story: Story, department: Log, rows: Rows, connect: Connect
) -> None:
    with Halt(rows, connect, FIRST_PART) as halt:
        story.files()
        halt.wait()
        with redis_away(story.demo.services):
            halt.release()
            assert eventually(lambda: len(parts_of(rows, story)) == 2, PATIENCE), "routing needs no Redis"
    back_at = now(rows)

    assert eventually(lambda: idle(rows), PATIENCE), "what was put while Redis was away is still there"
    play(story, *STEPS[1:])
    assert_each_thing_happened_once(rows, story, department)
    assert eventually(lambda: works_again(rows, back_at), PATIENCE)


def test_a_request_whose_news_is_lost_with_redis_is_routed_when_it_is_back(
    story: Story, department: Log, rows: Rows
) -> None:
    with stopped_worker(story.demo.processes["worker"]):
        story.files()
        with redis_away(story.demo.services):
            assert parts_of(rows, story) == {}
    back_at = now(rows)

    assert eventually(lambda: idle(rows), PATIENCE), "the request was not routed"
    play(story, *STEPS[1:])
    assert_each_thing_happened_once(rows, story, department)
    assert eventually(lambda: works_again(rows, back_at), PATIENCE)


def test_a_redis_that_comes_back_with_an_old_queue_has_nothing_done_twice(
    story: Story, department: Log, rows: Rows
) -> None:
    worker = Log(story.demo, "worker")
    with ExitStack() as stack:
        with stopped_worker(story.demo.processes["worker"]):
            story.files()
            stack.enter_context(redis_remembers(story.demo.services))
        play(story, Story.is_routed, Story.is_answered_by_system)
        kill_redis(story.demo.services)
    back_at = now(rows)

    def times() -> int:
        """How often the worker was through with the same message of Celery's."""
        return max(Counter(worker.found(r"Task rights\.route\[([-0-9a-f]+)\] succeeded")).values(), default=0)

    assert eventually(lambda: times() == 2, PATIENCE), "Redis came back without what it had held"
    play(story, Story.is_answered_by_clerk, Story.gets_the_package)
    assert_each_thing_happened_once(rows, story, department)
    assert eventually(lambda: works_again(rows, back_at), PATIENCE)


def test_every_record_is_whole_after_all_of_it(story: Story) -> None:
    story.is_whole()
