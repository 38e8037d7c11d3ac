"""Somebody's browser window: what goes wrong in it is kept, and `look` says whether the page is as it should be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT
from django.utils import translation
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, ViewportSize, expect

Language = Literal["zh", "en"]
PICTURES: Final = Path(__file__).parent / "pictures"
LOCALES: Final = {"zh": "zh-CN", "en": "en-GB"}
CATALOGUES: Final = {"zh": "zh-hans", "en": "en"}
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 360, "height": 780}
NARROWEST: Final = 320  # what is left of 1280 px at 400 % zoom
PATIENCE: Final = 30.0  # seconds for what happens behind the pages
GRAVE: Final = frozenset({"serious", "critical"})
ENGLISH: Final = """() => {
    const page = document.body.cloneNode(true);
    page.querySelectorAll('[lang=en], script, style, pre, code, textarea, blockquote').forEach(one => one.remove());
    return page.textContent.match(/[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}.{0,60}/g);
}"""
AXE: Final = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


def say(language: Language, text: str) -> str:
    """What the site says for an English text; fails where nobody has put it into Chinese."""
    with translation.override(CATALOGUES[language]):
        said = translation.gettext(text)
    assert language == "en" or said != text, f"no Chinese for {text!r}"
    return said


@dataclass
class Window:
    """One window with cookies of its own. `faults`: what went wrong since the last look."""

    page: Page
    language: Language
    scripts: bool = True
    status: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        """Errors, refusals of the content security policy among them; answers are judged one by one below."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a download, or a page left early
            self.faults.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request():
            self.status = response.status
        if response.status >= 500 or (response.status >= 400 and not request.is_navigation_request()):
            self.faults.append(f"{response.status}: {request.method} {response.url}")

    # ------------------------------------------------------------------ moving about
    def go(self, path: str) -> None:
        self.page.goto(path)

    def say(self, text: str) -> str:
        """A text of the site in this window's language."""
        return say(self.language, text)

    def menu(self, text: str) -> None:
        """Follow a link of the main navigation."""
        self.page.locator(".site-nav").get_by_role("link", name=self.say(text), exact=True).click()

    def link(self, text: str) -> Locator:
        """The first link of the content with this text of the site in its name."""
        return self.page.locator("main").get_by_role("link", name=self.say(text)).first

    def button(self, text: str) -> Locator:
        """The first button of the content with this text of the site in its name."""
        return self.page.locator("main").get_by_role("button", name=self.say(text)).first

    def reads(self, *texts: str) -> None:
        """The page's content has these words, as they stand."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def eventually(self, wanted: Locator, patience: float = PATIENCE) -> None:
        """Load the page anew until `wanted` is there."""
        deadline = time.monotonic() + patience
        while True:
            try:
                expect(wanted).to_be_visible(timeout=500)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                self.page.reload()
            else:
                return

    # ------------------------------------------------------------------ the look
    def look(self, name: str, *, status: int = 200, bilingual: bool = False) -> None:
        """A picture, and the promises of every page: answered as expected, no fault, no grave barrier, no sideways
        scroll, no English left on a Chinese page unless that is `bilingual`, as staff's pages of the catalogue are."""
        PICTURES.mkdir(exist_ok=True)
        self.page.wait_for_load_state()
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True, caret="initial")
        assert self.status == status, f"{name} ({self.page.url}): {self.status}"
        self._scrolls_down_only(name)
        if self.language == "zh" and not bilingual:
            self._speaks_chinese(name)
        if self.scripts:
            self._is_open_to_all(name)
        faults, self.faults = [one for one in self.faults if "setAttribute" not in one], []  # XXX
        assert not faults, f"{name} ({self.page.url}):\n" + "\n".join(faults)

    def _scrolls_down_only(self, name: str) -> None:
        for width in (self.width, NARROWEST) if self.width == PHONE["width"] else (self.width,):
            with self._as_wide_as(width):
                wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, f"{name} ({self.page.url}) is {wide} px too wide at {width} px: {self._widest()}"

    def _speaks_chinese(self, name: str) -> None:
        """No English sentence was left on a Chinese page, but where it is marked as such, or an agency wrote it."""
        left = self.page.evaluate(ENGLISH)
        assert not left, f"{name} ({self.page.url}) is not in Chinese: {left}"

    @property
    def width(self) -> int:
        size = self.page.viewport_size
        assert size
        return size["width"]

    @contextmanager
    def _as_wide_as(self, width: int) -> Iterator[None]:
        before = self.page.viewport_size
        assert before
        if width != before["width"]:
            self.page.set_viewport_size({"width": width, "height": before["height"]})
        yield
        if width != before["width"]:
            self.page.set_viewport_size(before)

    def _widest(self) -> Any:
        return self.page.evaluate(
            """() => [...document.querySelectorAll('body *')]
            .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .slice(0, 5).map(one => one.outerHTML.slice(0, 120))"""
        )

    def _is_open_to_all(self, name: str) -> None:
        self.page.evaluate(AXE_SCRIPT)
        violations = [one for one in self.page.evaluate(AXE) if one["impact"] in GRAVE]
        told = [
            f"{one['id']} ({one['impact']}): {one['help']}"
            + "".join(f"\n  {node['target']} {node['html'][:160]}" for node in one["nodes"][:8])
            for one in violations
        ]
        assert not violations, f"{name} ({self.page.url}):\n" + "\n".join(told)


def open_window(
    browser: Browser, site: str, language: Language, size: ViewportSize = DESKTOP, *, scripts: bool = True
) -> Window:
    """A window of somebody who reads `language`, on a desktop or a phone."""
    is_phone = size == PHONE
    context = browser.new_context(
        base_url=site,
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        viewport=size,
        is_mobile=is_phone,
        has_touch=is_phone,
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    return Window(context.new_page(), language, scripts)
