"""The page of the search."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from arbeitsgruppen.daneben import daneben
from arbeitsgruppen.daten import zeilen_als_csv, zeilen_als_json
from arbeitsgruppen.datenseiten import datenantwort
from arbeitsgruppen.fundstellen import fundzeilen
from arbeitsgruppen.models import KENNUNG_LAENGE, KENNUNG_ZEICHEN, Aeusserung
from arbeitsgruppen.suche import FILTER, HOECHSTENS, Ergebnis, Fund, einzeln, suchen
from arbeitsgruppen.suchformular import SuchForm
from arbeitsgruppen.tabellen import zeilen_als_xlsx
from arbeitsgruppen.themen import zugehoerig
from konferenz.faltung import falten
from konferenz.views import kanonisch
from konferenz.zwischenspeicher import fuer_alle_gleich

JE_SEITE = 20
# Whoever finds fewer statements is shown what each of the words finds by itself.
WENIGE = 5


@dataclass(frozen=True, slots=True)
class Verweis:
    """A link that changes one thing about the search."""

    name: str
    ziel: str
    anzahl: int = 0
    wert: str = ""
    gewaehlt: bool = False


@fuer_alle_gleich(*FILTER, "q", "seite")
@require_safe
def suche(request: HttpRequest) -> HttpResponse:
    """Show what was found among all that is released, with how many results each choice would leave.

    What isn't released is not found by anybody here, whatever their role.
    """
    form = SuchForm(request.GET, auto_id="suche-%s")
    kontext: dict[str, Any] = {"form": form, "kanonisch": kanonisch(reverse("suche"))}
    if not form.is_valid():
        return render(request, "arbeitsgruppen/suche.html", kontext, status=400)
    anfrage = form.anfrage()
    ergebnis = suchen(anfrage)
    form.anbieten(ergebnis)
    seite = Paginator(ergebnis.funde, JE_SEITE).get_page(request.GET.get("seite"))
    kontext |= {
        "anfrage": anfrage,
        "ergebnis": ergebnis,
        "hoechstens": HOECHSTENS,
        "seite": seite,
        "seiten": seite.paginator.get_elided_page_range(seite.number, on_each_side=1, on_ends=1),
        "treffer": _aeusserungen(seite.object_list),
        "kategorien": _kategorien(request, ergebnis) if ergebnis.funde else [],
        "gewaehlte": _gewaehlte(request, ergebnis),
        "daneben": daneben(ergebnis.ausdruck, anfrage.konferenz, anfrage.jahr),
        "blaettern": _ohne(request),
        "einzeln": _einzeln(request, ergebnis) if len(ergebnis.funde) < WENIGE else [],
        "themen": _themen(request, ergebnis),
        "mit_kennung": _mit_kennung(anfrage.q),
    }
    return render(request, "arbeitsgruppen/suche.html", kontext)


@require_safe
def suchdaten(request: HttpRequest, endung: str) -> HttpResponseBase:
    """Send all that was found as data, in the order of the page; never a part of it."""
    form = SuchForm(request.GET, auto_id="suche-%s")
    kontext: dict[str, Any] = {"form": form, "kanonisch": kanonisch(reverse("suche"))}
    if not form.is_valid():
        return render(request, "arbeitsgruppen/suche.html", kontext, status=400)
    ergebnis = suchen(form.anfrage())
    if ergebnis.ueber:
        form.add_error(
            None, f"Mehr als {HOECHSTENS} Äußerungen gibt es nicht in einer Datei. Grenzen Sie die Suche ein."
        )
        return render(request, "arbeitsgruppen/suche.html", kontext, status=400)
    titel = {thema.slug: thema.titel for thema, _ in ergebnis.katalog.themen}
    themen = {fund.pk: tuple(titel[slug] for slug in fund.themen) for fund in ergebnis.funde}
    zeilen = fundzeilen(_aeusserungen(ergebnis.funde), settings.SITE_URL, themen)
    quelle = kanonisch(reverse("suche")) + _ohne(request)
    if endung == "json":
        inhalt = zeilen_als_json(zeilen, settings.SITE_URL, quelle)
    elif endung == "csv":
        inhalt = zeilen_als_csv(zeilen)
    else:
        inhalt = zeilen_als_xlsx(zeilen, quelle, _in_worten(ergebnis), timezone.localdate())
    return datenantwort(request, inhalt, endung, "suche", oeffentlich=True)


def _in_worten(ergebnis: Ergebnis) -> str:
    """Return what was looked for, for whoever opens the file later."""
    teile = [f"„{ergebnis.anfrage.q.strip()}“" if ergebnis.anfrage.q.strip() else "alle Äußerungen"]
    teile += [f"statt „{k.eingabe}“ gesucht: „{k.statt}“" for k in ergebnis.korrekturen]
    return "; ".join([*teile, *(wahl.name for wahl in ergebnis.gewaehlte)])


def _aeusserungen(funde: Iterable[Fund]) -> list[Aeusserung]:
    """Return the statements that were found, in their order and with where they stand, in one query."""
    schluessel = [fund.pk for fund in funde]
    aeusserungen = (
        Aeusserung.objects.veroeffentlicht()
        .select_related("abschnitt__arbeitsgruppe__konferenz", "uebergeordnet")
        .in_bulk(schluessel)
    )
    # What somebody deletes or takes back right now is left out.
    return [aeusserungen[pk] for pk in schluessel if pk in aeusserungen]


def _ohne(request: HttpRequest, *namen: str, **dazu: str) -> str:
    """Return the query of the address without some of its parts, empty ones and the page, and with others."""
    werte = QueryDict(mutable=True)
    for name in request.GET:
        if name not in (*namen, *dazu, "seite") and request.GET[name]:
            werte[name] = request.GET[name]
    werte.update(dazu)
    return f"?{werte.urlencode()}" if werte else "?"


def _kategorien(request: HttpRequest, ergebnis: Ergebnis) -> list[Verweis]:
    """Return a link for each category in which there is something, which restricts or widens the search."""
    return [
        Verweis(
            wahl.name,
            _ohne(request, "kategorie")
            if wahl.wert == ergebnis.anfrage.kategorie
            else _ohne(request, kategorie=wahl.wert),
            wahl.anzahl,
            wahl.wert,
            wahl.wert == ergebnis.anfrage.kategorie,
        )
        for wahl in ergebnis.wahlen["kategorie"]
    ]


def _themen(request: HttpRequest, ergebnis: Ergebnis) -> list[Verweis]:
    """Return the topics that the words searched for stand for, each with a link to all that was said."""
    anfrage = ergebnis.anfrage
    if anfrage.thema:
        return []
    return [
        Verweis(thema.titel, _ohne(request, "q", thema=thema.slug))
        for thema in ergebnis.katalog.vorgeschlagene(falten(anfrage.q))
        if Aeusserung.objects.veroeffentlicht().filter(zugehoerig(thema)).exists()
    ]


def _einzeln(request: HttpRequest, ergebnis: Ergebnis) -> list[Verweis]:
    """Return for words of which few or no statements have all a link to each by itself."""
    return [Verweis(wort, _ohne(request, q=wort), anzahl) for wort, anzahl in einzeln(ergebnis.ausdruck)]


def _mit_kennung(eingabe: str) -> Aeusserung | None:
    """Return the statement whose Kennung somebody typed, as it stands in print."""
    kennung = eingabe.strip().casefold()
    if len(kennung) != KENNUNG_LAENGE or not set(kennung) <= set(KENNUNG_ZEICHEN):
        return None
    return Aeusserung.objects.veroeffentlicht().filter(kennung=kennung).first()


def _gewaehlte(request: HttpRequest, ergebnis: Ergebnis) -> list[Verweis]:
    """Return for each filter that is set a link that takes it off; a category that shows has its own."""
    return [
        Verweis(wahl.name, _ohne(request, name))
        for name, wahl in zip(ergebnis.anfrage.gewaehlt, ergebnis.gewaehlte, strict=True)
        if name != "kategorie" or not ergebnis.funde
    ]
