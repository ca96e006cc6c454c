"""The page of the search."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.bestellung import WarteschlangeVoll, wartestand
from arbeitsgruppen.daneben import daneben
from arbeitsgruppen.datenformate import FORMATE
from arbeitsgruppen.datenseiten import datenantwort
from arbeitsgruppen.erzeugnisse import bestelltes, verlangen
from arbeitsgruppen.hintergrund import nachhelfen
from arbeitsgruppen.models import KENNUNG_LAENGE, KENNUNG_ZEICHEN, Aeusserung, Erzeugnis
from arbeitsgruppen.suche import FILTER, HOECHSTENS, Ergebnis, einzeln, suchen
from arbeitsgruppen.suchexport import aeusserungen, als_datei, dauert, in_worten, schluessel, zeilen
from arbeitsgruppen.suchformular import SuchForm
from arbeitsgruppen.themen import zugehoerig
from konferenz.faltung import falten
from konferenz.teilabruf import datei_antwort
from konferenz.views import kanonisch
from konferenz.vorschau import geheimhalten
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
        "treffer": aeusserungen(seite.object_list),
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
    gefundene, worte = zeilen(ergebnis), in_worten(ergebnis)
    anfrage = _eigene(request)
    quelle = f"{kanonisch(reverse('suche'))}?{anfrage}"
    if not dauert(gefundene, endung):
        inhalt = als_datei(gefundene, endung, quelle, worte)
        return datenantwort(request, inhalt, endung, "suche", oeffentlich=True)
    summe = schluessel(gefundene, quelle, worte)
    try:
        erzeugnis = verlangen(Erzeugnis.Art.SUCHDATEN, summe, {"anfrage": anfrage, "quelle": quelle})
    except WarteschlangeVoll:
        return _exportseite(request, None, 503, suche=f"{reverse('suche')}?{anfrage}")
    if not erzeugnis.fertig:
        return _exportseite(request, erzeugnis, 503 if erzeugnis.fehler else 202)
    return datei_antwort(
        request,
        erzeugnis.datei.open(),
        etag=summe,
        typ=FORMATE[endung].typ,
        name=f"suche.{endung}",
        oeffentlich=True,
    )


def _eigene(request: HttpRequest) -> str:
    """Return the query of the address as far as it says what is searched for."""
    werte = QueryDict(mutable=True)
    for name in ("q", *FILTER):
        if request.GET.get(name):
            werte[name] = request.GET[name]
    return werte.urlencode()


@require_safe
def export_stand(request: HttpRequest, summe: str) -> HttpResponse:
    """Say how far the file of a search is, and lead to it as soon as it is there."""
    erzeugnis = bestelltes(Erzeugnis.Art.SUCHDATEN, summe)
    if erzeugnis is None:
        raise Http404("Diese Datei gibt es nicht mehr.")
    return _exportseite(request, erzeugnis, 200)


def _exportseite(
    request: HttpRequest, erzeugnis: Erzeugnis | None, status: int, suche: str = ""
) -> HttpResponse:
    """Return the page that says how far a file is; without one, that so many are waiting for theirs."""
    kontext: dict[str, Any] = {"suche": suche, "voll": erzeugnis is None}
    if erzeugnis:
        nachhelfen(erzeugnis.auftrag)
        angaben = erzeugnis.angaben
        kontext = {
            "erzeugnis": erzeugnis,
            "wartet": wartestand(erzeugnis),
            "hier": reverse("export_stand", args=[erzeugnis.schluessel]),
            "ziel": f"{reverse('suchdaten', args=['xlsx'])}?{angaben['anfrage']}",
            "suche": f"{reverse('suche')}?{angaben['anfrage']}",
        }
    antwort = render(request, "arbeitsgruppen/export_stand.html", kontext, status=status)
    geheimhalten(antwort)  # it changes by the second, and nobody shall find it by searching
    if status in (202, 503):
        antwort["Retry-After"] = "2" if status == 202 else "60"
    return antwort


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
