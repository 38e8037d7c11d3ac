"""Ages, counted by date of birth: whoever is born on 29 February comes of age on 1 March of a common year.

The day of birth itself is not counted (Civil Code, 201), so a year of life is full when its anniversary begins; where
the year has no such day, when the day after the last of February begins.
"""

from datetime import date, datetime, time

from django.utils import timezone


def age(born_on: date, on: date) -> int:
    """Full years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def birthday(born_on: date, years: int) -> date:
    """The first day on which somebody born on `born_on` is `years` old."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:  # 29 February in a common year
        return date(born_on.year + years, 3, 1)


def comes_of_age_at(born_on: date, years: int) -> datetime:
    """The instant at which that day begins, in the site's time zone."""
    return timezone.make_aware(datetime.combine(birthday(born_on, years), time.min))
