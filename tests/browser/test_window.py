"""The look itself: a page that breaks one of its promises does not pass."""

import pytest
from playwright.sync_api import Browser

from tests.browser.window import PHONE, open_window

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang=zh><meta name=viewport content='width=device-width'><title>页</title>
<main><h1>页</h1>{}</main>"""


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<p style='color: #ccc'>看不清</p>", "color-contrast"),
        ("<img src='data:,'>", "image-alt"),
        ("<div style='width: 340px'>太宽</div>", "too wide at 320"),
        ("<p>Nobody has translated this.</p>", "not in Chinese"),
        ("<script>console.error('boo')</script>", "console: boo"),
        ("<script>throw new Error('boo')</script>", "script: boo"),
        ("<script src='http://127.0.0.1:9/'></script>", "failed: GET"),
    ],
)
def test_a_page_with_a_fault_does_not_pass(browser: Browser, content: str, fault: str) -> None:
    window = open_window(browser, "http://localhost", "zh", PHONE)
    window.page.set_content(PAGE.format(content))
    with pytest.raises(AssertionError, match=fault):
        window.look("fault", status=0)
    window.page.context.close()


def test_a_page_without_fault_passes(browser: Browser) -> None:
    window = open_window(browser, "http://localhost", "zh", PHONE)
    window.page.set_content(PAGE.format("<p lang=en>This is marked as English.</p>"))
    window.look("faultless", status=0)
    window.page.context.close()
