"""To which databases the portal connects: public addresses, and those a deployment names, as for webhooks."""

import psycopg
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.outbox.addresses import of_host
from portal.outbox.errors import AddressRefused


def pinned(conninfo: str) -> str:
    """`conninfo` with its host resolved and judged, so that what was judged is connected to; raises AddressRefused.

    A socket in the file system is one only of a demo, whose databases have no other address.
    """
    try:
        parts = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        raise AddressRefused(_("This is not the address of a database."), field="read_url") from error
    host = str(parts.get("host") or "")
    if host.startswith("/") and settings.PORTAL_DEMO:
        return conninfo
    if not host or host.startswith("/") or "," in host or parts.get("hostaddr"):
        raise AddressRefused(_("Name one host."), field="read_url")
    return make_conninfo(conninfo, hostaddr=of_host(host))
