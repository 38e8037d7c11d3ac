"""`manage.py relist_catalogue`: writes anew what the public search looks through."""

from typing import Any

from django.core.management.base import BaseCommand, no_translations

from portal.catalogue.actions import rebuild_listings
from portal.trail.actor import Actor, acting_as


class Command(BaseCommand):
    help = "Write anew what the public search looks through: after an upgrade, or a change of how texts are cut."

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as(Actor.portal()) as actor:
            self.stdout.write(f"{rebuild_listings(actor=actor)} datasets can be found.")
