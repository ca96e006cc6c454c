"""The page of the search."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.daneben import daneben
from arbeitsgruppen.models import Aeusserung
from arbeitsgruppen.suche import HOECHSTENS, Ergebnis, Fund, suchen
from arbeitsgruppen.suchformular import SuchForm
from konferenz.views import kanonisch

JE_SEITE = 20


@dataclass(frozen=True, slots=True)
class Verweis:
    """A link that changes one thing about the search."""

    name: str
    ziel: str
    anzahl: int = 0
    wert: str = ""
    gewaehlt: bool = False


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
        "treffer": _treffer(seite.object_list, ergebnis),
        "kategorien": _kategorien(request, ergebnis) if ergebnis.funde else [],
        "gewaehlte": _gewaehlte(request, ergebnis),
        "daneben": daneben(ergebnis.ausdruck, anfrage.konferenz, anfrage.jahr),
        "blaettern": _ohne(request, "seite"),
    }
    return render(request, "arbeitsgruppen/suche.html", kontext)


def _treffer(funde: Any, ergebnis: Ergebnis) -> list[tuple[Fund, Aeusserung, list[Any]]]:
    """Return the statements of one page in their order, each with its topics, in one query."""
    aeusserungen = Aeusserung.objects.select_related(
        "abschnitt__arbeitsgruppe__konferenz", "uebergeordnet"
    ).in_bulk([fund.pk for fund in funde])
    themen = {thema.slug: thema for thema, _ in ergebnis.katalog.themen}
    return [
        (fund, aeusserungen[fund.pk], [themen[slug] for slug in fund.themen])
        for fund in funde
        if fund.pk in aeusserungen
    ]


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


def _gewaehlte(request: HttpRequest, ergebnis: Ergebnis) -> list[Verweis]:
    """Return for each filter that is set a link that takes it off; a category that shows has its own."""
    return [
        Verweis(
            next((w.name for w in ergebnis.wahlen[name] if w.wert == str(wert)), str(wert)),
            _ohne(request, name),
        )
        for name, wert in ergebnis.anfrage.gewaehlt.items()
        if name != "kategorie" or not ergebnis.funde
    ]
