"""`manage.py demo`: the real conference, an account for every role and a running server."""

import os
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers.base import DeserializationError
from django.db import transaction

from konferenz.befehl import Befehl
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.konten import gruppen, rolle_geben
from konferenz.models import Konferenz
from konferenz.verlauf import vorgang

SLUG = "pakt-fuer-integration-2021"
THEMEN, ENTSCHEIDUNGEN = "themen", "themenentscheidungen"  # fixtures; the topics fit other conferences, too
# The first is a superuser, as `manage.py createsuperuser` would have made it.
KONTEN = {"organisation": ORGANISATION, "moderation": MODERATION, "ministerium": MINISTERIUM}
MODERIERT = 3  # the number of the group that the second one may write
# Known to everybody who reads this; the command therefore runs in DEBUG only and serves this machine only.
KENNWORT = "demo-kennwort-2021"


class Command(Befehl):
    """Load what is missing, change nothing that is there, serve."""

    help = "Lädt die Beispielkonferenz, legt je Rolle ein Konto an und startet den Server (zum Ausprobieren)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the port and whether to serve at all."""
        parser.add_argument("--port", type=int, default=8000, help="Port des Servers (8000)")
        parser.add_argument("--ohne-server", action="store_true", help="nur laden, keinen Server starten")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database and start the server."""
        if not settings.DEBUG:
            raise CommandError(
                "Die Demo legt Konten mit bekanntem Kennwort an und läuft nur mit DEBUG=1. "
                "Nehmen Sie eine eigene Datenbank dafür."
            )
        port = options["port"]
        if not options["ohne_server"]:
            self._port_frei(port)
        call_command("migrate", verbosity=0)
        with transaction.atomic(), vorgang("Beispieldaten"):
            self._konferenz()
            self._themen()
            self._konten(port)
        if not options["ohne_server"]:
            if "SITE_URL" not in os.environ:
                settings.SITE_URL = f"http://127.0.0.1:{port}"
            with self._hintergrunddienst():
                call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)

    @contextmanager
    def _hintergrunddienst(self) -> Iterator[None]:
        """Run the background service beside the server, in a process of its own as in production."""
        dienst = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, settings.BASE_DIR / "manage.py", "hintergrunddienst"],
            env={**os.environ, "SITE_URL": settings.SITE_URL, "DEBUG": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        # Without this a SIGTERM would end the demo at once and leave the service behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            yield
        finally:
            dienst.terminate()
            try:
                dienst.wait(10)
            except subprocess.TimeoutExpired:  # in the middle of a long Heft, which it takes up next time
                dienst.kill()

    def _port_frei(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as fehler:
                raise CommandError(
                    f"Port {port} ist belegt oder nicht erlaubt. "
                    f"Nehmen Sie einen anderen: make demo PORT=8001"
                ) from fehler

    def _konferenz(self) -> None:
        """Load and release the conference once; later starts leave it as it was edited."""
        if Konferenz.objects.filter(slug=SLUG).exists():
            self.stdout.write("Die Beispielkonferenz ist schon da und bleibt, wie sie ist.")
            return
        call_command("loaddata", SLUG, verbosity=0)
        konferenz = Konferenz.objects.get(slug=SLUG)
        konferenz.status = Konferenz.Status.VEROEFFENTLICHT
        konferenz.save()
        self.stdout.write("Die Beispielkonferenz ist geladen und veröffentlicht.")

    def _themen(self) -> None:
        """Load the topics and what was decided about them once, also beside a conference that is there."""
        thema = apps.get_model("arbeitsgruppen", "Thema")
        if thema.history.exists():  # even where all are deleted by now
            return
        call_command("loaddata", THEMEN, verbosity=0)
        try:
            with transaction.atomic():
                call_command("loaddata", ENTSCHEIDUNGEN, verbosity=0)
        except DeserializationError:  # names a statement that was deleted meanwhile
            self.stdout.write("Die Themen sind geladen, ohne die Entscheidungen von Hand.")
            return
        self.stdout.write("Die Themen sind geladen.")

    def _konten(self, port: int) -> None:
        adresse = f"http://127.0.0.1:{port}"
        self.stdout.write(
            f"\n  Öffentliche Seiten   {adresse}/{SLUG}/\n"
            f"  Verwaltung           {adresse}/admin/\n"
            f"  Erfassung            {adresse}/admin/erfassung/\n"
        )
        for name, rolle in KONTEN.items():
            zusatz = f" (AG {MODERIERT})" if rolle == MODERATION else ""
            self.stdout.write(f"  {rolle + zusatz:<20} {name} / {self._kennwort(name, rolle)}")
        self.stdout.write("")

    def _kennwort(self, name: str, rolle: str) -> str:
        """Make the account where it is missing, and return with which password to sign in."""
        konto, neu = get_user_model().objects.get_or_create(
            username=name, defaults={"email": f"{name}@example.de", "is_superuser": rolle == ORGANISATION}
        )
        if neu:
            konto.set_password(KENNWORT)
            konto.save()
            rolle_geben(konto, rolle, gruppen().filter(konferenz__slug=SLUG, nummer=MODERIERT))
        return KENNWORT if konto.check_password(KENNWORT) else "(wie von Ihnen geändert)"
