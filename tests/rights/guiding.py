"""The guided form, walked through page by page as a browser without scripts does."""

from typing import Any
from urllib.parse import urlsplit

from django.test import Client

NEW = "/requests/new/"
EVERYTHING: dict[str, Any] = {"scope": "everything"}


def begun(client: Client, kind: str, first: dict[str, Any] | None = None, **carried: str) -> str:
    """Answer the first question; the path of the next page."""
    answer = client.post(NEW, {"kind": kind, "step": "next", **(EVERYTHING if first is None else first), **carried})
    assert answer.status_code == 302, answer.content.decode()
    return urlsplit(answer.headers["Location"]).path


def checked(client: Client, kind: str, first: dict[str, Any] | None = None, **answers: Any) -> str:
    """Answer every question, those not named by going on; the path of the last page."""
    carried = {name: answers.pop(name) for name in ("dataset", "event", "consent") if name in answers}
    path = begun(client, kind, first, **carried)
    while "/ask/" in path:
        given = answers.pop(path.split("/")[-2], {})
        shown = client.get(path)
        assert shown.status_code == 200, path
        answer = client.post(path, {**_filled(shown), "step": "next", **given})
        assert answer.status_code == 302, answer.content.decode()
        path = urlsplit(answer.headers["Location"]).path
    assert not answers, f"never asked: {sorted(answers)}"
    assert path.endswith("/check/")
    return path


def filed(client: Client, kind: str, first: dict[str, Any] | None = None, **answers: Any) -> Any:
    """File a request; the page of the request."""
    return client.post(checked(client, kind, first, **answers), {"step": "send"}, follow=True)


def _filled(page: Any) -> dict[str, Any]:
    """What the form already says."""
    form = page.context["form"]
    return {field.html_name: field.value() for field in form if field.value() not in (None, "", [])}
