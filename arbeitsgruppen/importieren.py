"""Import of a printed documentation: source text → picture → database, in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from arbeitsgruppen.abgleich import Abgleich, Ergebnis
from arbeitsgruppen.bild import Gruppenbild
from arbeitsgruppen.gliederung import Gliederung, gliedern
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.quelle import Quellenfehler, lesbarer_name, lesen
from konferenz.models import Importstand, Konferenz, Notiz
from konferenz.verlauf import vorgang


@dataclass(frozen=True, slots=True)
class Importbericht:
    """What an import found and what it did with it."""

    konferenz: Konferenz
    neu: bool
    gliederung: Gliederung
    ergebnis: Ergebnis

    @property
    def geaendert(self) -> bool:
        """Whether the import changed anything in the database."""
        return bool(self.ergebnis.gezaehlt)


def importieren(pfad: Path, slug: str | None = None, *, ueberschreiben: bool = False) -> Importbericht:
    """Import the documentation in `pfad` into the conference `slug` (default: from title and year).

    All or nothing; a second import of the same file changes nothing. Edits made in the database since
    the last import stay unless `ueberschreiben`. Raise Quellenfehler, whose message is one German line
    with cause and mend, where the file cannot be imported; the database is then as before.
    """
    quelle = lesen(pfad)
    gliederung = gliedern(quelle)
    with transaction.atomic(), vorgang("Import"):
        konferenz = _ziel(gliederung, slug)
        neu = konferenz.pk is None
        stand = None if neu else Importstand.objects.filter(konferenz=konferenz).first()
        abgleich = Abgleich(konferenz, stand.stand if stand else {}, ueberschreiben=ueberschreiben)
        abgleich.uebernehmen(gliederung.bild)
        _notizen_uebernehmen(konferenz, gliederung, abgleich.ergebnis)
        stand = stand or Importstand(konferenz=konferenz)
        if stand.stand != abgleich.stand:
            stand.quelle, stand.stand = lesbarer_name(pfad)[:300], abgleich.stand
            stand.save()
    return Importbericht(konferenz, neu, gliederung, abgleich.ergebnis)


def tabelle(gruppen: tuple[Gruppenbild, ...]) -> Iterator[str]:
    """Yield the lines of a table of what was found per group and heading."""
    yield f"{'AG':>4}  {'Überschrift':<58} {'Kategorie':<15} {'Einträge':>8} {'Unterpunkte':>11}"
    eintraege = unterpunkte = 0
    for gruppe in gruppen:
        for abschnitt in gruppe.abschnitte:
            unter = sum(len(aeusserung.unterpunkte) for aeusserung in abschnitt.aeusserungen)
            eintraege += len(abschnitt.aeusserungen)
            unterpunkte += unter
            ueberschrift = abschnitt.ueberschrift
            if len(ueberschrift) > 58:
                ueberschrift = f"{ueberschrift[:57]}…"
            herkunft = "" if abschnitt.von_teilnehmenden else f"  [{abschnitt.herkunft_name}]"
            yield (
                f"{gruppe.nummer:>4}  {ueberschrift:<58} {abschnitt.kategorie_name:<15} "
                f"{len(abschnitt.aeusserungen):>8} {unter or '':>11}{herkunft}"
            )
    yield f"{'':>4}  {'zusammen':<58} {'':<15} {eintraege:>8} {unterpunkte:>11}"
    je_kategorie = [
        (name, sum(len(a.aeusserungen) for g in gruppen for a in g.abschnitte if a.kategorie == kategorie))
        for kategorie, name in Abschnitt.Kategorie.choices
    ]
    yield "      " + ", ".join(f"{name} {anzahl}" for name, anzahl in je_kategorie)


def _ziel(gliederung: Gliederung, slug: str | None) -> Konferenz:
    """Return the conference to import into, a new one where there is none."""
    bild = gliederung.bild
    konferenz = Konferenz.objects.filter(slug=slug or bild.slug).first()
    if konferenz is None:
        konferenz = Konferenz(slug=slug or bild.slug, titel=bild.titel, datum=bild.datum)
        try:
            konferenz.full_clean()
        except ValidationError as fehler:
            raise Quellenfehler(
                f"Die Konferenz lässt sich nicht als „{konferenz.slug}“ anlegen "
                f"({fehler.messages[0].rstrip('.')}). Geben Sie mit --konferenz eine andere Adresse an, "
                f"z. B. --konferenz fachtag-{bild.datum.year}."
            ) from fehler
    elif slug is None and konferenz.datum != bild.datum:
        raise Quellenfehler(
            f"Unter „{konferenz.slug}“ gibt es schon eine Konferenz vom {konferenz.datum:%d.%m.%Y}. "
            f"Geben Sie mit --konferenz eine andere Adresse an, oder --konferenz {konferenz.slug}, "
            f"um jene zu aktualisieren."
        )
    return konferenz


def _notizen_uebernehmen(konferenz: Konferenz, gliederung: Gliederung, ergebnis: Ergebnis) -> None:
    """Keep the lines without a place as notes; open notes of an earlier file that now fit go."""
    gefunden = {(n.seite, n.zeile, n.text) for n in gliederung.notizen}
    vorhanden = {(n.seite, n.zeile, n.text): n for n in konferenz.notizen.all()}
    for schluessel, notiz in vorhanden.items():
        if schluessel not in gefunden and not notiz.erledigt:
            notiz.delete()
            ergebnis.gezaehlt["entfernt"] += 1
    for seite, zeile, text in sorted(gefunden - set(vorhanden)):
        Notiz.objects.create(konferenz=konferenz, seite=seite, zeile=zeile, text=text)
        ergebnis.gezaehlt["angelegt"] += 1
