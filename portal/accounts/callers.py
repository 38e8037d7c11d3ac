"""From where somebody calls: their own address, not that of the proxy in front of the site."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
SOCKET = ip_address("127.0.0.1")  # a proxy that comes through a Unix socket has no address
OWN_NETWORK = 64  # bits of an IPv6 address that tell one caller from another; the rest each chooses freely


def address_of(request: HttpRequest) -> Address:
    """The caller's address, by the headers of a request."""
    return address_in(request.META)


def address_in(meta: Mapping[str, Any]) -> Address:
    """The caller's address: the last one on the way that is none of PORTAL_PROXY_NETWORKS.

    What a caller writes into X-Forwarded-For stands before what our own proxies add to it, so it is never believed.
    """
    nearest = _parsed(meta.get("REMOTE_ADDR", "")) or SOCKET
    way = [*_forwarded(meta.get("HTTP_X_FORWARDED_FOR", "")), nearest]
    return next((address for address in reversed(way) if not _is_proxy(address)), nearest)


def named(request: HttpRequest) -> str:
    """The address as text, for libraries that ask."""
    return str(address_of(request))


def network_of(request: HttpRequest) -> str:
    """What counts as one caller: an IPv4 address, or an IPv6 network of the size that everybody is given."""
    address = address_of(request)
    return str(address) if address.version == 4 else str(ip_network((int(address), OWN_NETWORK), strict=False))


def may_call(networks: Iterable[str], meta: Mapping[str, Any]) -> bool:
    """Whether the caller is in one of the networks (CIDR); in whatever network where none is named."""
    named_ones = list(networks)
    return not named_ones or _lies_in(address_in(meta), named_ones)


def _forwarded(header: str) -> Sequence[Address]:
    """The addresses of the header from the first unreadable one on: what stands before it proves nothing."""
    found: list[Address] = []
    for part in header.split(",") if header else ():
        address = _parsed(part.strip())
        found = [*found, address] if address else []
    return found


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_proxy(address: Address) -> bool:
    return _lies_in(address, settings.PORTAL_PROXY_NETWORKS)


def _lies_in(address: Address, networks: Iterable[str]) -> bool:
    return any(address in ip_network(network) for network in networks)
