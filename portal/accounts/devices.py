"""A browser and its system in plain words, from the user agent: families alone, so that nobody is told apart by it."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Tried in this order: many browsers name the one they are built on, too.
BROWSERS: Final = (
    ("MicroMessenger", "wechat"),
    ("AlipayClient", "alipay"),
    ("Edg", "edge"),
    ("HuaweiBrowser", "huawei"),
    ("MiuiBrowser", "xiaomi"),
    ("QQBrowser", "qq"),
    ("OPR/", "opera"),
    ("Firefox", "firefox"),
    ("FxiOS", "firefox"),
    ("Chrome", "chrome"),
    ("CriOS", "chrome"),
    ("Safari", "safari"),
)
SYSTEMS: Final = (
    ("HarmonyOS", "harmony"),
    ("OpenHarmony", "harmony"),
    ("Android", "android"),
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Windows", "windows"),
    ("Mac OS X", "mac"),
    ("CrOS", "chromebook"),
    ("Linux", "linux"),
)
NAMES: Final[dict[str, str | Promise]] = {
    "wechat": gettext_lazy("WeChat"),
    "alipay": gettext_lazy("Alipay"),
    "edge": "Edge",
    "huawei": gettext_lazy("Huawei Browser"),
    "xiaomi": gettext_lazy("Xiaomi Browser"),
    "qq": gettext_lazy("QQ Browser"),
    "opera": "Opera",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
    "harmony": "HarmonyOS",
    "android": gettext_lazy("an Android device"),
    "iphone": "iPhone",
    "ipad": "iPad",
    "windows": gettext_lazy("a Windows computer"),
    "mac": gettext_lazy("a Mac"),
    "chromebook": gettext_lazy("a Chromebook"),
    "linux": gettext_lazy("a Linux computer"),
}


def family(user_agent: str) -> str:
    """The codes of browser and system, `-` for what is not known: `chrome windows`."""
    browser = next((code for mark, code in BROWSERS if mark in user_agent), "-")
    system = next((code for mark, code in SYSTEMS if mark in user_agent), "-")
    return f"{browser} {system}"


def described(codes: str) -> str:
    """`Chrome on a Windows computer`, in the reader's language."""
    browser, system = [NAMES.get(code) for code in (*codes.split(), "-", "-")[:2]]
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return str(browser or system or _("A browser we do not know"))
