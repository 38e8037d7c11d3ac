"""From where a call comes, and whether that is a network which may.

Behind a proxy the connection comes from the proxy. What it says in X-Forwarded-For is believed as far as
settings.PORTAL_TRUSTED_PROXIES goes: read from the right, the first address that is no trusted proxy is the caller's.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address


def caller_of(meta: Mapping[str, Any]) -> Address | None:
    """The caller's address by the headers of a request; None where it can't be known."""
    caller = _read(str(meta.get("REMOTE_ADDR", "")))
    proxies = list(settings.PORTAL_TRUSTED_PROXIES)
    forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if meta.get("HTTP_X_FORWARDED_FOR") else []
    for said in reversed(forwarded):
        if caller is None or not lies_in(caller, proxies):
            break
        caller = _read(said)
    return caller


def lies_in(address: Address | None, networks: Iterable[str]) -> bool:
    """Whether `address` is in one of the networks (CIDR)."""
    return address is not None and any(address in ip_network(network) for network in networks)


def may_call(networks: Iterable[str], meta: Mapping[str, Any]) -> bool:
    """Whether the caller of a request is in one of the networks; in whatever network where none is named."""
    named = list(networks)
    return not named or lies_in(caller_of(meta), named)


def _read(text: str) -> Address | None:
    try:
        found = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
