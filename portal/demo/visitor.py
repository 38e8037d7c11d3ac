"""A browser without JavaScript: it follows links and sends the forms that a page really has (read by lxml)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from lxml import html


class NotOnThePage(AssertionError):
    """The page has no such form, field, button or link; the message names what it has."""


@dataclass
class Page:
    """An answer as a person meets it."""

    response: httpx.Response

    @property
    def url(self) -> str:
        return str(self.response.url)

    @property
    def status(self) -> int:
        return self.response.status_code

    @cached_property
    def tree(self) -> html.HtmlElement:
        if "html" not in self.response.headers.get("content-type", ""):
            return html.fromstring("<html></html>")
        return html.document_fromstring(self.response.text, base_url=self.url)

    @cached_property
    def text(self) -> str:
        """What can be read on the page, with single spaces."""
        for silent in self.tree.xpath("//script | //style"):
            silent.drop_tree()
        return " ".join(self.tree.text_content().split())

    def read(self, where: str) -> str:
        """The text of the first element at an XPath, with single spaces."""
        return " ".join(str(self.tree.xpath(f"string({where})")).split())

    def form(self, action: str = "", button: str = "", field: str = "") -> html.FormElement:
        """The first form sent to an address with `action` in it that has such a field, and a button of that name or
        value."""
        for form in self.tree.forms:
            goes_there = action in (form.action or self.url)
            pressed = [(one.get("name"), one.get("value")) for one in _buttons(form)]
            has_button = not button or any(button in pair for pair in pressed)
            if goes_there and has_button and (not field or field in form.fields):
                return form
        known = [(form.action, sorted(filter(None, form.fields))) for form in self.tree.forms]
        raise NotOnThePage(f"{self.url} ({self.status}): no form {action!r} {button!r} among {known}")

    def link(self, part: str) -> str:
        """The first link with `part` in its address."""
        found: list[str] = [link for link in self.tree.xpath("//a/@href") if part in link]
        if not found:
            raise NotOnThePage(f"{self.url} ({self.status}): no link with {part!r}")
        return found[0]


class Visitor:
    """Somebody at the site, with cookies of their own."""

    def __init__(self, site: str, language: str = "zh-CN") -> None:
        self.client = httpx.Client(
            base_url=site, follow_redirects=True, timeout=20, trust_env=False, headers={"accept-language": language}
        )

    def get(self, path: str) -> Page:
        return Page(self.client.get(path))

    def send(
        self,
        page: Page,
        form: html.FormElement,
        button: str = "",
        files: dict[str, tuple[str, bytes, str]] | None = None,
        **values: Any,
    ) -> Page:
        """Fill in `values`, press the button of that name or value, and follow where it leads.

        A name that the form lacks, or a choice it does not offer, is an error, as it would be for a person.
        """
        for name, value in values.items():
            if name not in form.fields:
                raise NotOnThePage(f"{page.url}: no field {name!r} among {sorted(filter(None, form.fields))}")
            form.fields[name] = value
        given = [*form.form_values(), *_pressed(form, button)]
        where = page.response.url.join(form.action or page.url)
        if form.method.upper() == "GET":
            return Page(self.client.get(where, params=httpx.QueryParams([*given])))
        data: dict[str, list[str]] = {}
        for name, value in given:
            data.setdefault(name, []).append(value)
        return Page(self.client.post(where, data=data, files=files, headers={"referer": page.url}))

    def go_on(self, page: Page) -> Page:
        """Go on through a form of several pages as it is filled in, to the page that no longer leads on."""
        while any(("step", "next") in map(_pair, _buttons(form)) for form in page.tree.forms):
            page = self.send(page, page.form("", "next"), "next")
        return page


def _buttons(form: html.FormElement) -> list[html.HtmlElement]:
    return list(form.xpath(".//button[@name] | .//input[@type='submit' and @name]"))


def _pair(button: html.HtmlElement) -> tuple[str, str]:
    return button.get("name", ""), button.get("value", "")


def _pressed(form: html.FormElement, button: str) -> list[tuple[str, str]]:
    pairs = [(field.get("name", ""), field.get("value", "")) for field in _buttons(form)]
    return [pair for pair in pairs if button and button in pair][:1]


def boxes(form: html.FormElement, name: str, *texts: str) -> list[str]:
    """The values of the boxes called `name` whose label has any of the texts in it."""
    found = []
    for box in form.xpath(".//input[@name=$name]", name=name):
        label = box.xpath("string(ancestor::label | ../label)")
        if any(text in label for text in texts):
            found.append(box.get("value"))
    return found
