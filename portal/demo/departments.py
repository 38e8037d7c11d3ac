"""A sample departmental system: a program of its own that knows the portal by its API alone.

It hears of its parts by webhook (Standard Webhooks) or asks for them, answers each once with files out of its own
records, reports what it holds and what it shares, and asks before it shares what needs consent.
"""

import json
import queue
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from portal.demo import answers, own_log, reporting
from portal.demo.city import City
from portal.demo.city.records import Citizen, Dataset
from portal.demo.client import GaveUp, PortalClient, Refused

log = structlog.get_logger(__name__)

OPEN: Final = frozenset({"queued", "delivered", "acknowledged"})
LARGEST_HOOK: Final = 64 * 1024  # bytes
REPLY_ZH: Final = "附件是我们持有的关于您的全部记录，请查收。如有疑问，请在本页回复我们。"
REPLY_EN: Final = "Attached are all the records that we hold about you. If anything is unclear, ask us on this page."


def webhook_secret(client_secret: str) -> str:
    """The secret that the sample's webhooks are signed with. Both sides derive it, in the demo alone."""
    return "whsec_" + b64encode(sha256(f"webhooks/{client_secret}".encode()).digest()[:24]).decode()


@dataclass
class Department:
    """One agency's system. `wake` holds what webhooks told; a part already answered is never answered again."""

    agency: str
    sample: City
    portal: PortalClient
    wake: "queue.Queue[Mapping[str, Any]]" = field(default_factory=queue.Queue)
    answered: set[str] = field(default_factory=set)

    @property
    def datasets(self) -> dict[str, Dataset]:
        """The agency's datasets by the catalogue's codes."""
        return {dataset.unified: dataset for dataset in self.sample.datasets.values() if dataset.agency == self.agency}

    # ------------------------------------------------------------------ the work list
    def work(self) -> int:
        """Answer every open part of the work list; how many were answered now."""
        open_parts = [part["id"] for part in self.portal.pages("/rights/parts") if part["state"] in OPEN]
        return sum(self.answer(part) for part in open_parts)

    def answer(self, part_id: str) -> bool:
        """Acknowledge a part, send what is found, reply. False where there is nothing left to do."""
        if part_id in self.answered:
            return False
        part = self.portal.call("GET", f"/rights/parts/{part_id}").json()
        if part["state"] not in OPEN:
            return False
        try:
            if part["state"] != "acknowledged":
                self.portal.call("POST", f"/rights/parts/{part_id}/acknowledge", json={}, key=f"{part_id}/acknowledge")
            self._reply(part)
        except Refused as refusal:  # somebody was faster: its clerk answered, or the citizen withdrew
            log.warning("department.part_refused", part=part_id, status=refusal.status, why=str(refusal))
            return False
        self.answered.add(part_id)
        log.info("department.part_answered", part=part_id)
        return True

    def _reply(self, part: Mapping[str, Any]) -> None:
        dataset = self.datasets.get(part["dataset"])
        found = self._found(part) if dataset else []
        if dataset and found:
            self.portal.call(
                "PUT",
                f"/rights/parts/{part['id']}/files/{dataset.code}.csv",
                content=answers.as_csv(dataset, found),
                headers={"content-type": "text/csv"},
            )
        outcome = "fulfilled" if found else "nothing_held"
        body = {"outcome": outcome, "text": f"{REPLY_ZH}\n{REPLY_EN}" if found else ""}
        self.portal.call("POST", f"/rights/parts/{part['id']}/reply", json=body, key=f"{part['id']}/reply")

    def _found(self, part: Mapping[str, Any]) -> list[dict[str, str]]:
        dataset = self.datasets[part["dataset"]]
        subject = str(part["subject"])
        return answers.rows(dataset, subject, self.person(subject))

    def person(self, subject: str) -> Citizen | None:
        """The sample person with this number, if the department knows them by it."""
        return next((person for person in self.sample.citizens.values() if person.number == subject), None)

    # ------------------------------------------------------------------ what it tells of its own accord
    def report(self, at: datetime) -> None:
        """Tell what it holds and what it shared lately. What was told before is known by its reference."""
        holdings = reporting.holdings(self.sample, self.agency)
        if holdings:
            self.portal.call("POST", "/holdings", json=holdings)
        events = reporting.events(self.sample, self.agency, at, days=7)
        if events:
            self.portal.call("POST", "/sharing-events", json=events)

    def share(self, purpose: str, subject: str, consent: str, at: datetime) -> Mapping[str, Any] | None:
        """Ask whether the person allows `purpose` and, if so, share in the same breath: the portal's decision.

        None where the purpose asks for nothing that this agency holds, or where it would be its own recipient.
        """
        terms = self.sample.purposes[purpose]
        wishes = [wish for wish in terms.items if self.sample.datasets[wish.dataset].agency == self.agency]
        if not wishes or terms.recipient == self.agency:
            return None
        dataset = self.sample.datasets[wishes[0].dataset]
        question = {
            "subject": subject,
            "purpose": purpose,
            "dataset": dataset.unified,
            "items": [wish.item for wish in wishes if wish.needed and wish.dataset == dataset.code],
            "recipient": terms.recipient,
            "share": reporting.share_under_consent(self.sample, terms, dataset, consent, at),
        }
        decision: Mapping[str, Any] = self.portal.call("POST", "/consents/decisions", json=question).json()
        log.info("department.decision", purpose=purpose, decision=decision["decision"], reason=decision.get("reason"))
        return decision

    # ------------------------------------------------------------------ running
    def run(self, stop: threading.Event, *, listening: bool, every: float) -> None:
        """Catch up, then work until `stop` is set: on each webhook, or every `every` seconds where it asks."""
        behind = True  # what happened while it was away
        while not stop.is_set():
            try:
                if behind:
                    self.report(datetime.now(UTC))
                if behind or not listening:
                    self.work()
                behind = False
                self.hear(every)
            except (Refused, GaveUp) as error:
                log.warning("department.failed", error=str(error))
                behind = True
                stop.wait(every)

    def hear(self, seconds: float) -> None:
        """Work on one webhook's news, waiting at most `seconds` for it."""
        try:
            event = self.wake.get(timeout=seconds)
        except queue.Empty:
            return
        told = event["data"]
        log.info("department.heard", event_type=event["type"], sequence=event.get("sequence"))
        match event["type"]:
            case "rights.part.assigned" | "rights.part.message":
                self.answer(str(told["part"]))
            case "consent.given" | "consent.resumed" if told["purpose"] in self.sample.purposes:
                allowed_at = datetime.fromisoformat(told["occurred_at"])
                self.share(told["purpose"], told["subject"], told["consent"], allowed_at)


class Hook(BaseHTTPRequestHandler):
    """The address that the portal's webhooks come to: verified, taken in at once, worked on later."""

    department: Department
    secret: str
    log_token: str
    heard: set[str]

    def do_GET(self) -> None:  # http.server's name for it
        """Its own log of use, which the portal asks when a citizen looks."""
        authorization = self.headers.get("authorization", "")
        status, told = own_log.answer(
            self.department.sample, self.department.agency, self.path, authorization, self.log_token
        )
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:  # http.server's name for it
        length = int(self.headers.get("content-length") or 0)
        if length > LARGEST_HOOK:
            self._answer(413)
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        try:
            event = Webhook(self.secret).verify(body, {name.lower(): value for name, value in self.headers.items()})
        except (WebhookVerificationError, json.JSONDecodeError, ValueError):
            self._answer(401)
            return
        name = self.headers["webhook-id"]
        if name not in self.heard:  # the portal sends again what it could not be sure of
            self.heard.add(name)
            self.department.wake.put(event)
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Its own log says what it heard."""


@contextmanager
def listening(department: Department, port: int, secret: str, log_token: str) -> Iterator[int]:
    """Take webhooks and questions to its own log on loopback while the block runs; yields the port."""
    own = {"department": department, "secret": secret, "log_token": log_token, "heard": set()}
    handler = type("DepartmentHook", (Hook,), own)
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
