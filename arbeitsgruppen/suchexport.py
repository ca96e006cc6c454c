"""All that a search found as data: at once where it is little, else in the background."""

from collections.abc import Iterable
from typing import IO

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from arbeitsgruppen.bestellung import Melder
from arbeitsgruppen.daten import zeilen_als_csv, zeilen_als_json
from arbeitsgruppen.fundstellen import fundzeilen
from arbeitsgruppen.models import Aeusserung, Erzeugnis
from arbeitsgruppen.suche import Ergebnis, Fund, suchen
from arbeitsgruppen.suchformular import SuchForm
from arbeitsgruppen.tabellen import zeilen_als_xlsx

# So many are a file within half a second; 10,000 took two and a half as XLSX (benchmarks/suche.py fills).
SOFORT = 2_000


def als_datei(ergebnis: Ergebnis, endung: str, quelle: str) -> bytes:
    """Return all that was found in one of the formats of the data, in the order of the page.

    `quelle` is the address of the search.
    """
    titel = {thema.slug: thema.titel for thema, _ in ergebnis.katalog.themen}
    themen = {fund.pk: tuple(titel[slug] for slug in fund.themen) for fund in ergebnis.funde}
    zeilen = fundzeilen(aeusserungen(ergebnis.funde), settings.SITE_URL, themen)
    if endung == "json":
        return zeilen_als_json(zeilen, settings.SITE_URL, quelle)
    if endung == "csv":
        return zeilen_als_csv(zeilen)
    return zeilen_als_xlsx(zeilen, quelle, _in_worten(ergebnis), timezone.localdate())


def schreiben(erzeugnis: Erzeugnis, ziel: IO[bytes], melden: Melder) -> None:
    """Write the file of a search whose address was valid when it was asked for."""
    form = SuchForm(QueryDict(erzeugnis.angaben["anfrage"]))
    form.is_valid()
    melden(0, 3, "Die Äußerungen werden gesucht.")
    ergebnis = suchen(form.anfrage())
    melden(1, 3, "Die Datei wird geschrieben.")
    ziel.write(als_datei(ergebnis, erzeugnis.angaben["endung"], erzeugnis.angaben["quelle"]))


def aeusserungen(funde: Iterable[Fund]) -> list[Aeusserung]:
    """Return the statements that were found, in their order and with where they stand, in one query."""
    schluessel = [fund.pk for fund in funde]
    gefundene = (
        Aeusserung.objects.veroeffentlicht()
        .select_related("abschnitt__arbeitsgruppe__konferenz", "uebergeordnet")
        .in_bulk(schluessel)
    )
    # What somebody deletes or takes back right now is left out.
    return [gefundene[pk] for pk in schluessel if pk in gefundene]


def _in_worten(ergebnis: Ergebnis) -> str:
    """Return what was looked for, for whoever opens the file later."""
    teile = [f"„{ergebnis.anfrage.q.strip()}“" if ergebnis.anfrage.q.strip() else "alle Äußerungen"]
    teile += [f"statt „{k.eingabe}“ gesucht: „{k.statt}“" for k in ergebnis.korrekturen]
    return "; ".join([*teile, *(wahl.name for wahl in ergebnis.gewaehlte)])
