from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid


class UnknownTopic(LookupError):
    """A topic that no route names: a defect, since its news would reach nobody."""


class AddressRefused(Invalid):
    """A webhook's address is not one that the portal may call."""

    code = "address-refused"


class SecretRefused(Invalid):
    """A webhook's secret is not of the form that Standard Webhooks asks for."""

    code = "secret-refused"
    message = _("Give a secret that begins with whsec_ and goes on with 24 to 64 bytes in base64.")


class EndpointOff(Conflict):
    code = "endpoint-off"
    message = _("This endpoint is off. Register it again to hear from us.")


class NothingToResend(Conflict):
    code = "nothing-to-resend"
    message = _("Nothing was given up at this endpoint.")


class NotYet(Exception):
    """The message can't be handled now through nobody's fault; try again after `seconds` without counting it."""

    def __init__(self, seconds: float, reason: str) -> None:
        self.seconds, self.reason = seconds, reason
        super().__init__(reason)
