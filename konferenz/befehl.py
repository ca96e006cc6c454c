"""What the commands of the project share: how they fail without a database, how they find a conference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from konferenz.models import Konferenz
from konferenz.speicher import Speicherausfall


class Befehl(BaseCommand):
    """A command that says in one German line when the database or the store of files cannot be used."""

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the command. Raise CommandError where the database or the store of files cannot be used."""
        try:
            return super().execute(*args, **options)
        except Speicherausfall as fehler:
            raise CommandError(
                f"Der Speicher für Dateien versagt ({fehler.strerror}). Was in der Datenbank steht, ist "
                "unversehrt. Versuchen Sie es noch einmal, wenn er wieder da ist."
            ) from fehler
        except (OperationalError, ProgrammingError) as fehler:
            ursache = str(fehler).splitlines()[0]
            if "locked" in ursache:
                raise CommandError(
                    "Die Datenbank ist gerade von einem anderen Vorgang belegt. "
                    "Versuchen Sie es gleich noch einmal."
                ) from fehler
            raise CommandError(
                f"Die Datenbank ist nicht erreichbar oder nicht eingerichtet ({ursache}). "
                f"Prüfen Sie DATABASE_URL und führen Sie „python manage.py migrate“ aus."
            ) from fehler


def konferenz_mit_adresse(slug: str) -> Konferenz:
    """Return the conference with this slug. Raise CommandError that says which there are."""
    konferenz = Konferenz.objects.filter(slug=slug).first()
    if konferenz:
        return konferenz
    vorhanden = ", ".join(Konferenz.objects.order_by("slug").values_list("slug", flat=True))
    raise CommandError(
        f"Eine Konferenz „{slug}“ gibt es nicht. Vorhanden: {vorhanden}."
        if vorhanden
        else "Es gibt noch keine Konferenz. Übernehmen Sie eine: manage.py dokumentation_importieren DATEI."
    )
