"""All that a search found as data: at once, but for a large workbook, which is written in the background."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from hashlib import sha256
from typing import IO

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from arbeitsgruppen.bestellung import Melder, schluessel_fuer
from arbeitsgruppen.daten import Zeile, zeilen_als_csv, zeilen_als_json
from arbeitsgruppen.fundstellen import fundzeilen
from arbeitsgruppen.models import Aeusserung, Erzeugnis
from arbeitsgruppen.suche import Ergebnis, Fund, suchen
from arbeitsgruppen.suchformular import SuchForm
from arbeitsgruppen.tabellen import zeilen_als_xlsx
from konferenz import zwischenspeicher

# So many rows are a workbook in less than a second; CSV and JSON take a third of that for each row.
SOFORT = 2_000


class Exportfehler(Exception):
    """The file can't be made; says in German why."""


def dauert(zeilen: Sequence[Zeile], endung: str) -> bool:
    """Whether to write this file takes longer than somebody should wait for an answer."""
    return endung == "xlsx" and len(zeilen) > SOFORT


def zeilen(ergebnis: Ergebnis) -> list[Zeile]:
    """Return the rows of all that was found, in the order of the page."""
    titel = {thema.slug: thema.titel for thema, _ in ergebnis.katalog.themen}
    themen = {fund.pk: tuple(titel[slug] for slug in fund.themen) for fund in ergebnis.funde}
    return fundzeilen(aeusserungen(ergebnis.funde), settings.SITE_URL, themen)


def als_datei(gefundene: Sequence[Zeile], endung: str, quelle: str, worte: str) -> bytes:
    """Return rows in one of the formats of the data.

    `quelle` is the address of the search, `worte` says what was looked for.
    """
    if endung == "json":
        return zeilen_als_json(gefundene, settings.SITE_URL, quelle)
    if endung == "csv":
        return zeilen_als_csv(gefundene)
    return zeilen_als_xlsx(gefundene, quelle, worte, timezone.localdate())


def schluessel(gefundene: Sequence[Zeile], quelle: str, worte: str) -> str:
    """Return the hash of what goes into a workbook: any change of it asks for another, and no other does."""
    inhalt = sha256("\n".join(map(repr, map(astuple, gefundene))).encode()).hexdigest()
    fassung, tag = zwischenspeicher.fassung(), timezone.localdate()
    return schluessel_fuer(Erzeugnis.Art.SUCHDATEN, fassung, tag, quelle, worte, inhalt)


def schreiben(erzeugnis: Erzeugnis, ziel: IO[bytes], melden: Melder) -> None:
    """Write the workbook that was ordered. Raises Exportfehler where the search finds something else now."""
    form = SuchForm(QueryDict(erzeugnis.angaben["anfrage"]))
    form.is_valid()  # as it was when it was sent
    melden(0, 3, "Die Äußerungen werden gesucht.")
    ergebnis = suchen(form.anfrage())
    gefundene, quelle, worte = zeilen(ergebnis), erzeugnis.angaben["quelle"], in_worten(ergebnis)
    if schluessel(gefundene, quelle, worte) != erzeugnis.schluessel:
        raise Exportfehler(
            "Inzwischen hat sich geändert, was gefunden wird. Laden Sie die Datei noch einmal."
        )
    melden(1, 3, "Die Datei wird geschrieben.")
    ziel.write(als_datei(gefundene, "xlsx", quelle, worte))


def aeusserungen(funde: Iterable[Fund]) -> list[Aeusserung]:
    """Return the statements that were found, in their order and with where they stand, in one query."""
    gesucht = [fund.pk for fund in funde]
    gefundene = (
        Aeusserung.objects.veroeffentlicht()
        .select_related("abschnitt__arbeitsgruppe__konferenz", "uebergeordnet")
        .in_bulk(gesucht)
    )
    # What somebody deletes or takes back right now is left out.
    return [gefundene[pk] for pk in gesucht if pk in gefundene]


def in_worten(ergebnis: Ergebnis) -> str:
    """Return what was looked for, for whoever opens the file later."""
    teile = [f"„{ergebnis.anfrage.q.strip()}“" if ergebnis.anfrage.q.strip() else "alle Äußerungen"]
    teile += [f"statt „{k.eingabe}“ gesucht: „{k.statt}“" for k in ergebnis.korrekturen]
    return "; ".join([*teile, *(wahl.name for wahl in ergebnis.gewaehlte)])
