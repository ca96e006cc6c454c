"""The archive of a conference as one file (ZIP), made in the background: its Hefte alone may take minutes."""

from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone

from arbeitsgruppen.archiv import GEAENDERT, Archivfehler, schreiben, stuecke
from arbeitsgruppen.ausgabe import Zustand, gesetztes_pdf, uebliche
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.bestellung import Melder, schluessel_fuer
from arbeitsgruppen.models import Erzeugnis
from konferenz import zwischenspeicher
from konferenz.herausgabe import Herausgabe
from konferenz.models import Konferenz


def merkmale(konferenz: Konferenz, zustand: Zustand) -> Iterator[object]:
    """Yield what an archive depends on; the day is in it, for its pages say of which day they are."""
    yield konferenz.pk
    yield zustand.schluessel(Auswahl())
    yield zwischenspeicher.fassung()
    yield Herausgabe.eingestellte()
    yield timezone.localdate()


def packen(erzeugnis: Erzeugnis, ziel: IO[bytes], melden: Melder) -> None:
    """Write the archive of a conference; Hefte that are yet to be made are made. Raises Archivfehler.

    What could not be taken along is noted at the Erzeugnis.
    """
    konferenz = Konferenz.objects.filter(pk=erzeugnis.angaben["konferenz"]).first()
    if konferenz is None:
        raise Archivfehler("Die Konferenz gibt es nicht mehr.")
    zustand = Zustand.von(konferenz)
    if schluessel_fuer(erzeugnis.art, *merkmale(konferenz, zustand)) != erzeugnis.schluessel:
        raise Archivfehler(GEAENDERT)  # since it was ordered
    bild = zustand.bild
    hefte = len(list(uebliche(bild)))
    gesamt = len(list(stuecke(konferenz, bild))) + hefte
    gesetzt = 0
    melden(0, gesamt, "Seiten und Daten werden geschrieben.")

    def pdf(auswahl: Auswahl, zustand: Zustand) -> bytes:
        nonlocal gesetzt
        gesetzt += 1
        melden(gesamt - hefte + gesetzt, gesamt, f"Heft {gesetzt} von {hefte}: {auswahl.beschreibung}.")
        return gesetztes_pdf(konferenz, auswahl, zustand)

    with ZipFile(ziel, "w", ZIP_DEFLATED) as archiv:
        ordner = f"{konferenz.slug}-archiv"
        geschrieben = 0

        def ablegen(name: str, inhalt: bytes) -> None:
            nonlocal geschrieben
            archiv.writestr(f"{ordner}/{name}", inhalt)
            geschrieben += 1
            if not gesetzt:
                melden(min(geschrieben, gesamt - hefte), gesamt, "Seiten und Daten werden geschrieben.")

        fehlende = schreiben(konferenz, pdf, ablegen, zustand)
    angaben = {**erzeugnis.angaben, "fehlende": fehlende}
    Erzeugnis.objects.filter(pk=erzeugnis.pk).update(angaben=angaben)  # unless it was thrown away
