"""Where the portal may call out to: public addresses, and those a deployment names; never whatever a name resolves to.

A webhook's address is chosen by a department. Without this, it could point the portal at the inside of its own
network (server-side request forgery). The address that was checked is the one connected to, so a name that
resolves differently a moment later changes nothing.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.outbox.errors import AddressRefused

Address = IPv4Address | IPv6Address
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052


@dataclass(frozen=True)
class Target:
    """A checked address: connect to `url`, say `host`."""

    url: str
    host: str  # with the port, for the Host header
    name: str  # for the certificate


def allowed(address: Address) -> bool:
    """Whether the portal may connect to `address`."""
    if any(address in ip_network(network) for network in settings.PORTAL_OUTBOUND_NETWORKS):
        return True
    inner = _translated(address)
    return address.is_global and not address.is_multicast and (inner is None or allowed(inner))


def _translated(address: Address) -> IPv4Address | None:
    """The IPv4 address that a gateway would make of an IPv6 one (mapped, 6to4, Teredo, NAT64), if any."""
    if address.version == 4:
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def target(url: str) -> Target:
    """`url` with its name resolved and checked; raises AddressRefused."""
    try:
        parts = urlsplit(url)
        given = parts.port
    except ValueError as error:
        raise AddressRefused(_("This is not a web address."), field="url") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise AddressRefused(_("Give an https address without a user name."), field="url")
    port = given or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(_("This name cannot be resolved."), field="url") from error
    addresses = [ip_address(info[4][0]) for info in found]
    refused = [address for address in addresses if not allowed(address)]
    if refused or not addresses:
        raise AddressRefused(_("This address is not open to the portal."), field="url")
    if parts.scheme == "http" and addresses[0].is_global:
        raise AddressRefused(_("Give an https address."), field="url")
    chosen = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    pinned = parts._replace(netloc=f"{chosen}:{port}").geturl()
    return Target(url=pinned, host=parts.netloc, name=parts.hostname)


def of_host(name: str) -> str:
    """The address of a host that the portal may connect to, by whatever protocol; raises AddressRefused."""
    try:
        found = {ip_address(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise AddressRefused(_("This name cannot be resolved."), field="url") from error
    if not found or not all(allowed(address) for address in found):
        raise AddressRefused(_("This address is not open to the portal."), field="url")
    return min(map(str, found))
