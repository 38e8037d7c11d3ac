"""The main job, played through the portal's own addresses as its people and systems would: pages, API, webhooks.

Each step says what it is to show, does it, and returns what it saw. Nothing here reads the database.
"""

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from portal.demo.city import City, city
from portal.demo.client import PortalClient, Refused
from portal.demo.embedded.services import CHECKOUT
from portal.demo.serving import Demo
from portal.demo.visitor import NotOnThePage, Page, Visitor, boxes

CITIZEN, STRANGER = "zhang-san", "wang-wu"
PURPOSE: Final = "loan-preapproval"  # asked by the housing fund; the tax bureau holds what it needs
BY_SYSTEM, BY_CLERK = "income-tax", "marriage-register"  # the two datasets of the request
CLERK: Final = "clerk-civil-affairs"
ANSWER_ZH: Final = "附件是您的婚姻登记信息。"
NEEDED: Final = "必需"  # how the page marks an item that the use can't do without
PATIENCE: Final = 30.0  # seconds for what happens behind the pages


class DidNotHold(AssertionError):
    """A step saw something else than it should; the message says what."""


def require(holds: object, otherwise: str) -> None:
    """Raise DidNotHold unless `holds`."""
    if not holds:
        raise DidNotHold(otherwise)


def eventually(look: Callable[[], Any], otherwise: str, patience: float = PATIENCE) -> Any:
    """What `look` finds, as soon as it finds anything; raises DidNotHold after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > deadline:
            raise DidNotHold(otherwise)
        time.sleep(0.2)
    return found


@dataclass
class Story:
    """The people of the story, and what they learn from step to step."""

    demo: Demo
    sample: City = field(default_factory=city)
    consent: str = ""
    request: str = ""

    @cached_property
    def zhang(self) -> Visitor:
        return Visitor(self.demo.site)

    @cached_property
    def clerk(self) -> Visitor:
        return Visitor(self.demo.site)

    @cached_property
    def _known(self) -> dict[str, dict[str, str]]:
        known: dict[str, dict[str, str]] = json.loads((self.demo.data / "departments.json").read_text())
        return known

    def system(self, agency: str) -> PortalClient:
        """The agency's system, with credentials of its own."""
        known = self._known[agency]
        return PortalClient(self.demo.site, known["client_id"], known["client_secret"], patience=PATIENCE)

    @property
    def number(self) -> str:
        return self.sample.citizens[CITIZEN].number

    def name(self, dataset: str) -> str:
        return self.sample.datasets[dataset].name.zh

    # ------------------------------------------------------------------ the citizen sees
    def is_ready(self) -> str:
        """The site answers, and so do database, Redis and worker."""
        http = httpx.Client(base_url=self.demo.site, timeout=20, trust_env=False)
        ready = eventually(
            lambda: (answer := http.get("/readyz")).is_success and answer.json(), "not ready: see /readyz"
        )
        require(not self.demo.ended(), f"ended by itself: {', '.join(self.demo.ended())}")
        return ", ".join(sorted(ready))

    def signs_in(self) -> str:
        """A citizen signs in with the identity provider; nothing more is asked for reading."""
        home = sign_in(self.zhang, CITIZEN)
        name = self.sample.citizens[CITIZEN].name.zh
        require(home.status == 200 and name in home.text, f"{home.url} does not greet {name}")
        return home.read("//h1")

    def sees_who_holds(self) -> str:
        """They see which agencies hold data about them."""
        page = self.zhang.get("/data/")
        for dataset in (BY_SYSTEM, BY_CLERK):
            require(self.name(dataset) in page.text, f"/data/ does not show {self.name(dataset)}")
        return page.read("//p[@class='usa-intro']")

    def sees_who_shared(self) -> str:
        """They see who shared what, why, and by what law; and the same in English."""
        page = self.zhang.get("/sharing/")
        event = self.zhang.get(page.link("/sharing/0"))
        require("法律依据" in event.text, f"{event.url} names no legal basis")
        english = Visitor(self.demo.site, "en")
        sign_in(english, CITIZEN)
        shown = english.get(urlsplit(event.url).path)
        require("Legal basis" in shown.text, "the event is not shown in English")
        return event.read("//h1")

    def proves_an_event(self) -> str:
        """The proof of an event is sealed, and holds for anybody who checks it; altered, it does not."""
        event = urlsplit(self.zhang.get(self.zhang.get("/sharing/").link("/sharing/0")).url).path
        proof = eventually(
            lambda: (found := self.zhang.get(f"{event}proof.json").response.json()).get("head") and found,
            "the event is not sealed",
        )
        require(self.holds(json.dumps(proof)), "the proof does not hold")
        forged = json.dumps({**proof, "event": {**proof["event"], "leaf": "00" * 32}})
        require(not self.holds(forged), "a forged proof holds")
        return f"position {proof['head']['position']} of {proof['head']['size']}"

    def holds(self, document: str) -> bool:
        """Whether the public page says that a document is the portal's own and unchanged."""
        anybody = Visitor(self.demo.site)
        page = anybody.get("/verify/")
        answer = anybody.send(page, page.form(field="text"), text=document)
        return bool(answer.tree.xpath("//*[contains(@class, 'usa-alert--success')]"))

    # ------------------------------------------------------------------ the citizen decides
    def is_asked(self) -> str:
        """The housing fund's system asks for consent by API; nothing is consented to by that."""
        fund = self.system("housing-fund")
        try:
            asked = fund.call("POST", "/consents/requests", json={"subject": self.number, "purpose": PURPOSE}).json()
            self.consent = asked["id"]
        except Refused as refusal:  # the last story was cut off before its answer
            require(refusal.problem.get("code") == "already-asked", str(refusal))
            title = self.sample.purposes[PURPOSE].title.zh
            links = self.zhang.get("/consents/").tree.xpath("//a[contains(., $title)]/@href", title=title)
            self.consent = links[0].strip("/").split("/")[-1]
        decision = self.decision()
        require(decision["decision"] == "deny", f"permitted before any consent: {decision}")
        return f"{decision['decision']}: {decision['reason']}"

    def decision(self) -> dict[str, Any]:
        """What the portal tells the tax bureau when it asks whether it may give the income to the housing fund."""
        planned = self.sample.purposes[PURPOSE]
        question = {
            "subject": self.number,
            "purpose": PURPOSE,
            "dataset": self.sample.datasets[BY_SYSTEM].unified,
            "items": [wish.item for wish in planned.items if wish.needed and wish.dataset == BY_SYSTEM],
            "recipient": planned.recipient,
        }
        answer: dict[str, Any] = self.system("tax").call("POST", "/consents/decisions", json=question).json()
        return answer

    def is_asked_to_confirm(self) -> str:
        """To file a request takes more than a plain sign-in: the site says so, the provider confirms with the face."""
        why = self.zhang.get("/requests/new/?kind=access")
        require("/sign-in/confirm/" in why.url, f"a plain sign-in was enough for {why.url}")
        page = surely(self.zhang, why)
        require(page.url.endswith("/requests/new/?kind=access"), f"came back to {page.url}")
        return why.read("//h1")

    def gives(self) -> str:
        """The citizen ticks the needed items, chooses a term and allows it; a form with nothing ticked is refused."""
        page = surely(self.zhang, self.zhang.get(f"/consents/{self.consent}/"))
        require(not page.tree.xpath("//input[@name='items' and @checked]"), "an item is ticked beforehand")
        refused = self.zhang.send(page, page.form("/give/"))
        require(refused.status == 422, f"a form with nothing ticked: {refused.status}")
        form = refused.form("/give/")
        needed = boxes(form, "items", NEEDED)
        given = self.zhang.send(refused, form, items=needed, how_long="91")
        require(given.status == 200 and given.link("/receipt/"), f"{given.url} does not show the consent")
        require(self.decision()["decision"] == "permit", "given, but not permitted")
        return given.read("//h1")

    def has_a_receipt(self) -> str:
        """The receipt is signed, and holds for anybody."""
        receipt = self.zhang.get(f"/consents/{self.consent}/receipt/").response.text
        require(self.holds(receipt), "the receipt does not hold")
        require(not self.holds(receipt.replace(".", ".x", 1)), "a forged receipt holds")
        return f"{len(receipt)} characters"

    def is_obeyed(self) -> str:
        """The tax bureau's system hears of it by webhook and shares once; the share shows beside the consent."""
        link = eventually(
            lambda: self.zhang.get(f"/consents/{self.consent}/").tree.xpath("//a[starts-with(@href, '/sharing/0')]"),
            "the tax bureau has not shared under the consent",
        )[0].get("href")
        event = self.zhang.get(link)
        require(f"/consents/{self.consent}/" in event.response.text, "the event does not name the consent")
        return event.read("//h1")

    def withdraws(self) -> str:
        """One click and one confirmation withdraw it; from the next question on the answer is no."""
        page = self.zhang.get("/consents/")
        link = page.link(f"/consents/{self.consent}/withdraw/")
        require(link is not None, "the list does not lead to the withdrawal")
        before = self.zhang.get(f"/consents/{self.consent}/withdraw/")
        done = self.zhang.send(before, before.form(field="consents"))
        require(done.status == 200, f"{done.url}: {done.status}")
        decision = self.decision()
        require(decision["decision"] == "deny", f"permitted after the withdrawal: {decision}")
        return f"{decision['decision']}: {decision['reason']}"

    # ------------------------------------------------------------------ the citizen asks for a copy
    def files(self) -> str:
        """The citizen asks for a copy of two datasets and reads it once more before it is sent."""
        page = surely(self.zhang, self.zhang.get("/requests/new/?kind=access"))
        form = page.form("/requests/new/", "next")
        chosen = boxes(form, "datasets", self.name(BY_SYSTEM), self.name(BY_CLERK))
        check = self.zhang.go_on(self.zhang.send(page, form, "next", scope="chosen", datasets=chosen))
        require(all(self.name(dataset) in check.text for dataset in (BY_SYSTEM, BY_CLERK)), "the check shows less")
        filed = self.zhang.send(check, check.form("/check/", "send"), "send")
        require(filed.status == 200, f"{filed.url}: {filed.status}")
        self.request = urlsplit(filed.url).path
        again = self.zhang.send(check, check.form("/check/", "send"), "send")
        require(urlsplit(again.url).path == self.request, "sent twice, it was filed twice")
        return filed.read("//h1")

    def is_routed(self) -> str:
        """Celery splits it into one part for each department, each with its deadline and the article."""
        found: list[Any] = eventually(lambda: self._parts() or None, "the request was not routed")
        require(len(found) == 2, f"{len(found)} parts instead of two")
        return "; ".join(" ".join(part.xpath("string(.//h3)").split()) for part in found)

    def _parts(self) -> list[Any]:
        found: list[Any] = self.zhang.get(self.request).tree.xpath("//article[starts-with(@aria-labelledby, 'part-')]")
        return found

    def is_answered_by_system(self) -> str:
        """The tax bureau's system, told by webhook, answers its part by API with a file."""
        link = eventually(lambda: self._link("/requests/files/"), "the tax bureau has not answered")
        table = self.zhang.get(link).response
        require(table.headers["content-disposition"].startswith("attachment"), "the file opens in the page")
        require(self.number in table.text, "the file is not about the citizen")
        return f"{len(table.content)} bytes"

    def _link(self, part: str) -> str:
        """The first link of the request's page with `part` in its address, or nothing."""
        links = self.zhang.get(self.request).tree.xpath("//a[contains(@href, $part)]/@href", part=part)
        return str(links[0]) if links else ""

    def is_answered_by_clerk(self) -> str:
        """The clerk of civil affairs finds it in the queue, acknowledges it and answers with a file."""
        login = self.clerk.get("/admin/login/?next=/admin/rights/part/")
        queue = self.clerk.send(login, login.form("login"), username=CLERK, password=self.sample.password)
        number = self.zhang.get(self.request).read("//title").split("·")[1].strip()
        links = queue.tree.xpath("//a[contains(., $number)]/@href", number=number)
        require(links, f"{number} is not in the clerk's queue")
        part = self.clerk.get(links[0])
        require(self.sample.citizens[CITIZEN].name.zh not in part.text, "the clerk sees the name without a reason")
        part = self.clerk.send(part, part.form("/take/acknowledge/"))
        file = {"reply-attachments": ("marriage.txt", ANSWER_ZH.encode(), "text/plain")}
        answer = {"reply-outcome": "fulfilled", "reply-text": ANSWER_ZH}
        done = self.clerk.send(part, part.form("/take/reply/"), files=file, **answer)
        require(done.status == 200 and ANSWER_ZH in done.text, f"{done.url}: {done.status}, not answered")
        return number

    def gets_the_package(self) -> str:
        """All have answered: the package is sealed, what is in it is what its signed list says."""
        page, form = eventually(self._package, "the package was not sealed")
        content = self.zhang.send(page, form).response.content
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            manifest = package.read("manifest.json").decode()
            for file in json.loads(manifest)["files"]:
                digest = sha256(package.read(file["name"])).hexdigest()
                require(digest == file["sha256"], f"{file['name']} is not what the manifest says")
        for agency in ("tax/", "civil-affairs/"):
            require(any(name.startswith(agency) for name in names), f"nothing of {agency} in {names}")
        require(self.holds(manifest), "the manifest does not hold")
        return f"{len(names)} files, {len(content)} bytes"

    def _package(self) -> tuple[Page, Any] | None:
        """The request's page and the form that downloads its package, once there is one."""
        page = self.zhang.get(self.request)
        forms = [form for form in page.tree.forms if str(form.action).endswith("/package/")]
        return (page, forms[0]) if forms else None

    # ------------------------------------------------------------------ nobody else, and nothing unseen
    def is_private(self) -> str:
        """Somebody else finds neither the request nor its confirmation nor the consent: 404, as if there were none."""
        stranger = Visitor(self.demo.site)
        sign_in(stranger, STRANGER)
        surely(stranger, stranger.get("/requests/new/"))
        for path in (self.request, f"{self.request}confirmation/", f"/consents/{self.consent}/"):
            require(stranger.get(path).status == 404, f"a stranger opens {path}")
        try:
            self.system("housing-fund").call("GET", "/rights/parts/00000000-0000-7000-8000-000000000000")
        except Refused as refusal:
            require(refusal.status == 404, f"an unknown part: {refusal.status}")
        return "404"

    def is_told(self) -> str:
        """Every step is in the citizen's inbox."""
        letters = self.zhang.get("/inbox/").tree.xpath("//li[contains(@class, 'usa-collection__item')]")
        require(len(letters) >= 2, f"{len(letters)} letters")
        return f"{len(letters)} letters"

    def is_whole(self) -> str:
        """`manage.py verify` recomputes every record, batch, node and head, and finds all of them whole."""
        environment = self.demo.environment("portal_worker")
        command = [sys.executable, "manage.py", "verify"]
        done = subprocess.run(  # noqa: S603  # our own command
            command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        require(done.returncode == 0, f"{done.stdout}{done.stderr}")
        return done.stdout.strip().splitlines()[-1]


STEPS: Final = (
    Story.is_ready,
    Story.signs_in,
    Story.sees_who_holds,
    Story.sees_who_shared,
    Story.proves_an_event,
    Story.is_asked_to_confirm,
    Story.is_asked,
    Story.gives,
    Story.has_a_receipt,
    Story.is_obeyed,
    Story.withdraws,
    Story.files,
    Story.is_routed,
    Story.is_answered_by_system,
    Story.is_answered_by_clerk,
    Story.gets_the_package,
    Story.is_private,
    Story.is_told,
    Story.is_whole,
)


def sign_in(visitor: Visitor, person: str) -> Page:
    """Through the page, the identity provider's choice of people, and back."""
    page = visitor.get("/sign-in/")
    choice = visitor.send(page, page.form("/login/"))
    return visitor.send(choice, choice.form(button=person), person)


def surely(visitor: Visitor, page: Page) -> Page:
    """`page`, or where it leads if it asks to be surer: the site says why, the provider confirms with the face."""
    ways = page.tree.xpath("//form[contains(@action, 'level=substantial')] | //a[contains(@href, 'level=substantial')]")
    if not ways:
        return page
    if ways[0].tag == "a":
        page = visitor.get(ways[0].get("href"))
    face = visitor.send(page, page.form("level=substantial"))
    return visitor.send(face, face.form(button="confirmed"), "confirmed")


def play(demo: Demo, say: Callable[[str], None]) -> list[str]:
    """Play every step on a running demo; the names of those that did not hold, or were not reached because of it."""
    story = Story(demo)
    for place, step in enumerate(STEPS):
        promise = (step.__doc__ or "").strip()
        started = time.monotonic()
        try:
            saw = step(story)
        except (DidNotHold, NotOnThePage, Refused, httpx.HTTPError, LookupError, ValueError) as error:
            say(f"✗ {place + 1:2}. {promise}\n      {type(error).__name__}: {error}")
            return [later.__name__ for later in STEPS[place:]]
        say(f"✓ {place + 1:2}. {promise}\n      {time.monotonic() - started:.1f} s: {saw}")
    return []
