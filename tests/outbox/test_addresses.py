"""Where the portal calls out to: never into its own network, whatever a department's address resolves to."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from portal.outbox import addresses
from portal.outbox.errors import AddressRefused

Resolves = Callable[..., None]
PUBLIC, PUBLIC_6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Resolves:
    """Makes every name resolve to the given addresses."""

    def to(*found: str) -> None:
        def answer(host: str, port: int, **options: Any) -> list[Any]:
            families = {ip: socket.AF_INET6 if ":" in ip else socket.AF_INET for ip in found}
            return [(family, socket.SOCK_STREAM, 6, "", (ip, port)) for ip, family in families.items()]

        monkeypatch.setattr(socket, "getaddrinfo", answer)

    return to


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",  # noqa: S104  # what is refused
        "10.0.0.5",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",  # a carrier's own
        "169.254.169.254",  # a cloud's metadata
        "224.0.0.1",
        "255.255.255.255",
        "2130706433",  # 127.0.0.1 as one number
        "0x7f.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.5]",
        "[64:ff9b::7f00:1]",  # 127.0.0.1 behind NAT64
        "[2002:7f00:1::]",  # 127.0.0.1 behind 6to4
        "localhost",
    ],
)
def test_an_address_inside_is_refused(host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(AddressRefused) as refused:
            addresses.target(f"{scheme}://{host}/hooks")
        assert refused.value.field == "url"


@pytest.mark.parametrize("found", [("10.0.0.5",), (PUBLIC, "127.0.0.1"), ("::1", PUBLIC), (PUBLIC_6, "fe80::1")])
def test_a_name_that_resolves_inside_is_refused_even_if_it_resolves_outside_too(
    resolves: Resolves, found: tuple[str, ...]
) -> None:
    resolves(*found)
    with pytest.raises(AddressRefused):
        addresses.target("https://hooks.example/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "/hooks",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "https://",
        "https:///hooks",
        "https://user:word@hooks.example/",
        "https://user@hooks.example/",
        "https://hooks.example:99999/",
        "https://hooks.example:port/",
        "https://[::1/",
        "https://a..b/",
        f"https://{'a' * 64}.example/",
    ],
)
def test_what_is_no_web_address_is_refused_at_its_field(resolves: Resolves, url: str) -> None:
    if "a" * 64 not in url and ".." not in url:  # those fail in the resolver itself
        resolves(PUBLIC)
    with pytest.raises(AddressRefused) as refused:
        addresses.target(url)
    assert refused.value.field == "url"
    assert str(refused.value)


def test_a_name_that_does_not_resolve_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **options: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AddressRefused):
        addresses.target("https://nowhere.example/")


def test_the_checked_address_is_the_one_connected_to(resolves: Resolves) -> None:
    resolves(PUBLIC)
    target = addresses.target("https://hooks.example:8443/in?a=b")
    assert (target.url, target.host, target.name) == (
        f"https://{PUBLIC}:8443/in?a=b",
        "hooks.example:8443",
        "hooks.example",
    )
    resolves(PUBLIC_6)
    assert addresses.target("https://hooks.example/").url == f"https://[{PUBLIC_6}]:443/"


def test_plain_http_never_leaves_for_the_public_network(resolves: Resolves) -> None:
    resolves(PUBLIC)
    with pytest.raises(AddressRefused, match="https"):
        addresses.target("http://hooks.example/")


def test_a_deployment_may_name_inner_networks(settings: Settings) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = ["10.20.0.0/16", "fd00::/8"]
    assert addresses.target("http://10.20.3.4/hooks").url == "http://10.20.3.4:80/hooks"
    assert addresses.target("http://[fd00::5]:8080/").url == "http://[fd00::5]:8080/"
    for other in ("10.21.0.1", "127.0.0.1", "[fe80::1]"):
        with pytest.raises(AddressRefused):
            addresses.target(f"http://{other}/")
