"""`manage.py konferenz_kopieren SLUG NEUER_SLUG`: next year's conference as a draft."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from arbeitsgruppen.kopieren import Umfang, Vergeben, tag_im_naechsten_jahr
from arbeitsgruppen.kopierformular import Kopierformular
from arbeitsgruppen.kopierseiten import uebernommenes
from konferenz.befehl import Befehl
from konferenz.models import Konferenz


class Command(Befehl):
    """Copy a conference without its statements and talks."""

    help = "Legt eine Konferenz nach dem Vorbild einer anderen als Entwurf an, ohne Äußerungen und Vorträge."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare both addresses, day and title, and what is taken over."""
        parser.add_argument("slug", metavar="SLUG", help="Adresse der Konferenz, die kopiert wird")
        parser.add_argument("neuer_slug", metavar="NEUER_SLUG", help="Adresse der neuen Konferenz")
        parser.add_argument(
            "--datum",
            metavar="TAG",
            help="Tag der neuen, z. B. 20.04.2022 (Wochentag wie bisher)",
        )
        parser.add_argument("--titel", metavar="TITEL", help="Titel der neuen (wie bisher)")
        for name, standard in ((name, getattr(Umfang(), name)) for name in Umfang.__slots__):
            parser.add_argument(
                f"--{'ohne' if standard else 'mit'}-{name}",
                dest=name,
                action="store_false" if standard else "store_true",
                help=f"{Kopierformular.base_fields[name].label}: {'nicht ' if standard else ''}übernehmen",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        """Copy, and say what is in the new conference."""
        vorlage = Konferenz.objects.filter(slug=options["slug"]).first()
        if vorlage is None:
            raise CommandError(
                f"Eine Konferenz mit der Adresse „{options['slug']}“ gibt es nicht. "
                "Prüfen Sie die Schreibweise."
            )
        form = Kopierformular(vorlage, self._angaben(vorlage, options))
        try:
            if not form.is_valid():
                raise CommandError(_in_einer_zeile(form))
            kopie = form.kopieren()
        except Vergeben as vergeben:
            raise CommandError(f"NEUER_SLUG: {vergeben}") from vergeben
        self.stdout.write(
            f"Konferenz „{kopie.konferenz.slug}“ am {kopie.konferenz.datum:%d.%m.%Y} als Entwurf angelegt: "
            f"{uebernommenes(kopie)}."
        )

    def _angaben(self, vorlage: Konferenz, options: dict[str, Any]) -> dict[str, Any]:
        datum = options["datum"] or f"{tag_im_naechsten_jahr(vorlage.datum):%d.%m.%Y}"
        titel = vorlage.titel if options["titel"] is None else options["titel"]
        umfang = {name: options[name] for name in Umfang.__slots__}
        return {"titel": titel, "datum": datum, "slug": options["neuer_slug"], **umfang}


def _in_einer_zeile(form: Kopierformular) -> str:
    # What concerns the conference as a whole names its field itself.
    namen = {"slug": "NEUER_SLUG: ", "datum": "--datum: ", "titel": "--titel: "}
    return " ".join(
        f"{namen.get(feld, '')}{' '.join(str(fehler['message']) for fehler in fehlerliste)}"
        for feld, fehlerliste in form.errors.get_json_data().items()
    )
