from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Invalid


class QuietHoursHalf(Invalid):
    code = "quiet-hours-half"
    message = _("Quiet hours have a beginning and an end. Give both, or neither.")

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class QuietHoursAllDay(Invalid):
    code = "quiet-hours-all-day"
    message = _("Quiet hours that begin and end at the same time would never end. Choose two times.")

    def __init__(self) -> None:
        super().__init__(field="quiet_until")
