import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.demo import story, visitors
from portal.demo.serving import Demo, DemoFailed

SITE_PORT = 8000


class Command(BaseCommand):
    help = "Run the portal with a sample city on embedded services, or play the whole story once (--once)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="play the story, print each step, exit 0 if all held")
        parser.add_argument("--port", type=int, default=SITE_PORT, help="the site's port, if it is free (8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _interrupt)
        started = time.monotonic()
        try:
            with Demo(port=0 if options["once"] else options["port"], progress=self._say) as demo:
                demo.start()
                if options["once"]:
                    self._play(demo, started)
                else:
                    self._serve(demo, started)
        except DemoFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _serve(self, demo: Demo, started: float) -> None:
        self._say(f"\nReady after {time.monotonic() - started:.0f} s. Open {demo.site}\n")
        self._say(visitors.who_can_sign_in(demo.site, demo.data))
        self._say("\nStop with Ctrl-C; the data stays. Start anew with: make clean")
        while not (ended := demo.ended()):
            time.sleep(0.5)
        raise CommandError(f"{ended[0]} ended by itself; see {demo.data / 'logs' / ended[0]}.log")

    def _play(self, demo: Demo, started: float) -> None:
        failed = story.play(demo, self._say)
        took = f"{time.monotonic() - started:.0f} s"
        if failed:
            raise CommandError(f"{len(failed)} of the story's steps did not hold ({took}): {', '.join(failed)}")
        self._say(self.style.SUCCESS(f"\nThe whole story held, in {took}."))


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
