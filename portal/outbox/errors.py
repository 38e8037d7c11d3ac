from portal.trail.errors import Invalid


class UnknownTopic(LookupError):
    """A topic that no route names: a defect, since its news would reach nobody."""


class AddressRefused(Invalid):
    """A webhook's address is not one that the portal may call."""

    code = "address-refused"


class NotYet(Exception):
    """The message can't be handled now through nobody's fault; try again after `seconds` without counting it."""

    def __init__(self, seconds: float, reason: str) -> None:
        self.seconds, self.reason = seconds, reason
        super().__init__(reason)
