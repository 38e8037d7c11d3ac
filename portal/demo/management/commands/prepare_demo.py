import time
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.demo import seed


class Command(BaseCommand):
    help = "Migrate, collect the static files and seed the sample city; what is there already is left as it is."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()

        def say(text: str) -> None:
            self.stdout.write(f"  {time.monotonic() - started:4.1f} s  {text}")
            self.stdout.flush()

        say("Making the tables …")
        call_command("migrate", database="owner", verbosity=0)
        say("Collecting the static files …")
        call_command("collectstatic", interactive=False, verbosity=0)
        say("Seeding the sample city …")
        seed.seed(at=timezone.now(), progress=say)
        call_command("relist_catalogue", stdout=StringIO())  # a city that was seeded before there was a search
        say("The sample city is there.")
