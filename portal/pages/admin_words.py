"""The admin's own words that staff meet: unfold brings no Chinese, so they are gathered here for our catalogue."""

from typing import Final

from django.utils.translation import gettext_noop

WORDS: Final = (
    gettext_noop("Welcome back to"),
    gettext_noop("Return to site"),
    gettext_noop("Toggle password visibility"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Type to search"),
    gettext_noop("Filter navigation items"),
    gettext_noop("All applications"),
    gettext_noop("Filters"),
    gettext_noop("Apply Filters"),
    gettext_noop("Reset filters"),
    gettext_noop("Clear all filters"),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("No results found"),
    gettext_noop("No results matching your query"),
    gettext_noop("Recent searches"),
    gettext_noop("No recent searches"),
    gettext_noop("Loading more results..."),
    gettext_noop("More actions"),
    gettext_noop("Expand row"),
    gettext_noop("Select all rows"),
    gettext_noop("Choose file to upload"),
    gettext_noop("Click to cancel"),
    gettext_noop("Click to download"),
    gettext_noop("Cancel"),
    gettext_noop("Light"),
    gettext_noop("Dark"),
    gettext_noop("System"),
    # Django's own, in better Chinese
    gettext_noop(
        "Please enter the correct %(username)s and password for a staff account. Note that both fields may be "
        "case-sensitive."
    ),
    gettext_noop("You have been successfully logged out from the administration"),
)
