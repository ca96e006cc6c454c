"""Public pages that show groups: a conference, a group, the address of a statement, the Heft."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.aehnlich import entsprechungen, stellen, stellen_anderer
from arbeitsgruppen.ausgabe import (
    Zustand,
    hinweise,
    letzte_fertige,
    noch_zu_haben,
    verlangen,
    wegwerfen,
)
from arbeitsgruppen.auswahl import Auswahl, GruppeFehlt, ausgewaehlt
from arbeitsgruppen.bestellung import WarteschlangeVoll, wartestand
from arbeitsgruppen.bild import Gruppenbild, gruppenbild, konferenzbild
from arbeitsgruppen.erloschen import geloeschte_aeusserung
from arbeitsgruppen.forms import HeftForm
from arbeitsgruppen.hintergrund import nachhelfen
from arbeitsgruppen.kennzahlen import gruppentafel, thementafel, themenzahlen
from arbeitsgruppen.kommentare import anzahl_offene
from arbeitsgruppen.models import Arbeitsgruppe, Heftausgabe
from arbeitsgruppen.vergleich import gleich_gefragte, vergleichsadresse
from arbeitsgruppen.weiterfuehrung import gesuchte_aeusserung
from konferenz.aufzaehlung import gruppennamen
from konferenz.berechtigungen import Leser, darf_archiv_laden, darf_kommentieren
from konferenz.models import Konferenz
from konferenz.strukturdaten import als_skript, brotkrumen, datensatz, gruppendatensatz, veranstaltung
from konferenz.teilabruf import datei_antwort
from konferenz.views import kanonisch
from konferenz.vorschau import Vorschau, geheimhalten, seite
from konferenz.zwischenspeicher import fuer_alle_gleich

# So many topics fit the page of a conference; all are on a page of their own.
GROESSTE_THEMEN = 12


@fuer_alle_gleich()
@require_safe
def konferenz(request: HttpRequest, konferenz: str) -> HttpResponse:
    """Show one conference: key figures, groups, agenda, talks, free-text pages, notice, downloads."""
    leser = Leser.von(request)
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(leser), slug=konferenz)
    bild = konferenzbild(objekt, alles=leser.liest_alles(objekt))
    nach_nummer = {gruppe.nummer: gruppe for gruppe in bild.gruppen}
    punkte = [
        {
            "bild": punkt,
            "vortraege": [vortrag for vortrag in bild.vortraege if vortrag.programmpunkt == index],
            "gruppen": [nach_nummer[nummer] for nummer in punkt.gruppen],
            "inhalt": punkt.mitwirkende or punkt.gruppen,
        }
        for index, punkt in enumerate(bild.programm)
    ]
    kontext = {
        "konferenz": objekt,
        "archiv": reverse("konferenzarchiv", args=[objekt.pk])
        if objekt.ist_oeffentlich and darf_archiv_laden(request.user)
        else "",
        "bild": bild,
        "heft_form": HeftForm(bild),
        "gruppentafel": gruppentafel(bild),
        "thementafel": thementafel(bild, GROESSTE_THEMEN),
        "weitere_themen": max(len(themenzahlen(bild)) - GROESSTE_THEMEN, 0),
        "heft_hinweise": hinweise(objekt) if leser.hat_rolle else [],
        "punkte": punkte,
        "kanonisch": kanonisch(objekt.get_absolute_url()),
        "strukturdaten": als_skript(
            veranstaltung(objekt, settings.SITE_URL),
            datensatz(objekt, settings.SITE_URL),
            brotkrumen(_stationen(objekt), settings.SITE_URL),
        ),
    }
    vorschau = Vorschau.fuer(leser, objekt, bild.vorlaeufige)
    return seite(request, "konferenz/konferenz.html", kontext, vorschau)


@fuer_alle_gleich()
@require_safe
def arbeitsgruppe(request: HttpRequest, konferenz: str, nummer: int) -> HttpResponse:
    """Show a group: question, moderation and all statements."""
    leser = Leser.von(request)
    gruppe = _gruppe(leser, konferenz, nummer)
    bild = gruppenbild(gruppe, alles=leser.liest_ergebnisse(gruppe))
    # Where the conference is public its page is, too, but for a group that isn't: no word of another there.
    alles = leser.liest_alles(gruppe.konferenz) and not gruppe.konferenz.ist_oeffentlich
    gruppen = list(gruppe.konferenz.arbeitsgruppen.sichtbar_fuer(leser).select_related("konferenz"))
    kontext = {
        "konferenz": gruppe.konferenz,
        "bild": bild,
        "vorige": next((g for g in reversed(gruppen) if g.nummer < nummer), None),
        "naechste": next((g for g in gruppen if g.nummer > nummer), None),
        "gruppe": gruppe,
        "entsprechungen": entsprechungen(
            [*stellen_anderer(gruppe, alles=alles), *stellen(gruppe.konferenz.slug, [bild])]
        ),
        "kommentare": anzahl_offene(gruppe) if darf_kommentieren(request.user) else None,
        "kanonisch": kanonisch(gruppe.get_absolute_url()),
        "strukturdaten": _gruppenstrukturdaten(gruppe, bild),
        **_mitgefragte(gruppe, [g for g in gruppen if alles or g.ist_freigegeben]),
    }
    vorschau = Vorschau.fuer(leser, gruppe.konferenz, [nummer] if bild.vorlaeufig else [], gruppe)
    return seite(request, "arbeitsgruppen/arbeitsgruppe.html", kontext, vorschau)


def _mitgefragte(gruppe: Arbeitsgruppe, gruppen: list[Arbeitsgruppe]) -> dict[str, str]:
    """Return who else answered the same question, and where they are compared, if anybody did."""
    alle = gleich_gefragte(gruppe, gruppen)
    andere = [nummer for nummer in alle if nummer != gruppe.nummer]
    if not andere:
        return {}
    adresse = vergleichsadresse(gruppe.konferenz.slug, alle)
    return {"mitgefragte": gruppennamen(andere), "vergleich": adresse}


def _stationen(konferenz: Konferenz) -> list[tuple[str, str]]:
    return [("Alle Konferenzen", reverse("startseite")), (konferenz.titel, konferenz.get_absolute_url())]


def _gruppenstrukturdaten(gruppe: Arbeitsgruppe, bild: Gruppenbild) -> str:
    stationen = [*_stationen(gruppe.konferenz), (f"AG {bild.nummer}", gruppe.get_absolute_url())]
    dinge = [brotkrumen(stationen, settings.SITE_URL)]
    if not bild.zurueckgehalten:
        dinge.append(gruppendatensatz(gruppe.konferenz, bild.nummer, bild.titel, settings.SITE_URL))
    return als_skript(*dinge)


def _gruppe(leser: Leser, slug: str, nummer: int) -> Arbeitsgruppe:
    """Return a group whose page this reader may see, or stop with a 404."""
    gruppen = Arbeitsgruppe.objects.sichtbar_fuer(leser).select_related("konferenz")
    return get_object_or_404(gruppen, konferenz__slug=slug, nummer=nummer)


@require_safe
def aeusserung(request: HttpRequest, kennung: str) -> HttpResponse:
    """Lead from the permanent address of a statement to its present place on its group's page.

    Where it lives on in another one, to the place of that.
    """
    objekt = gesuchte_aeusserung(kennung.lower(), Leser.von(request))
    if objekt is None:
        return geloeschte_aeusserung(request, kennung.lower())
    gruppe = objekt.abschnitt.arbeitsgruppe
    antwort = redirect(f"{gruppe.get_absolute_url()}#a-{objekt.kennung}")
    if not (gruppe.ist_freigegeben and gruppe.konferenz.ist_oeffentlich):
        geheimhalten(antwort)
    return antwort


def gelesene(leser: Leser, slug: str, nummer: int | None) -> tuple[Konferenz, Arbeitsgruppe | None, Zustand]:
    """Return a conference, the group of this number if one is asked for, and what this reader may see.

    Stops with a 404 where the reader may not see the page that the Heft or the data belongs to.
    """
    gruppe = None if nummer is None else _gruppe(leser, slug, nummer)
    konferenz = (
        gruppe.konferenz if gruppe else get_object_or_404(Konferenz.objects.sichtbar_fuer(leser), slug=slug)
    )
    # A link to a group opens the Heft and the data of this group, and nothing of it in others.
    offen = leser.gruppen if gruppe else ()
    return konferenz, gruppe, Zustand.von(konferenz, alles=leser.liest_alles(konferenz), offen=offen)


@require_safe
def heft_pdf(request: HttpRequest, konferenz: str, nummer: int | None = None) -> HttpResponseBase:
    """Send the Heft of a conference or of one of its groups as PDF; while it is made, say how far it is."""
    return _heft(request, konferenz, nummer, senden=True)


@require_safe
def heft_stand(request: HttpRequest, konferenz: str, nummer: int | None = None) -> HttpResponseBase:
    """Say how far a Heft is, and lead to it as soon as it is there."""
    return _heft(request, konferenz, nummer, senden=False)


def _heft(request: HttpRequest, slug: str, nummer: int | None, *, senden: bool) -> HttpResponseBase:
    leser = Leser.von(request)
    konferenz, gruppe, zustand = gelesene(leser, slug, nummer)
    try:
        form = HeftForm(zustand.bild, request.GET, nummer=nummer)
    except GruppeFehlt as fehler:
        raise Http404(str(fehler)) from fehler
    kontext: dict[str, Any] = {"konferenz": konferenz, "gruppe": gruppe}
    if not form.is_valid():
        kontext |= {"heft_form": form, "vorschau": Vorschau.fuer(leser, konferenz, gruppe=gruppe)}
        return _stand(request, kontext, 400)
    auswahl = form.auswahl()
    vorlaeufige = ausgewaehlt(zustand.bild, auswahl).vorlaeufige
    kontext |= {"auswahl": auswahl, "vorschau": Vorschau.fuer(leser, konferenz, vorlaeufige, gruppe)}
    try:
        ausgabe = verlangen(konferenz, auswahl, zustand)
    except WarteschlangeVoll:
        return _stand(request, kontext | {"voll": True}, 503)
    if senden and ausgabe.fertig:
        return _datei(request, ausgabe)
    nachhelfen(ausgabe.auftrag)
    art = "heft" if nummer is None else "gruppenheft"
    stelle = [konferenz.slug] if nummer is None else [konferenz.slug, nummer]
    anfrage = f"?{request.GET.urlencode()}" if request.GET else ""
    kontext |= {
        "ausgabe": ausgabe,
        "wartet": wartestand(ausgabe),
        "vorige": None if ausgabe.fertig else letzte_fertige(ausgabe, leser),
        "ziel": reverse(art, args=stelle) + anfrage,
        "hier": reverse(f"{art}_stand", args=stelle) + anfrage,
    }
    return _stand(request, kontext, 503 if ausgabe.fehler else 202 if senden else 200)


def _stand(request: HttpRequest, kontext: dict[str, Any], status: int) -> HttpResponse:
    kontext["kanonisch"] = kanonisch(reverse("heft", args=[kontext["konferenz"].slug]))
    antwort = render(request, "arbeitsgruppen/heft_stand.html", kontext, status=status)
    geheimhalten(antwort)  # it changes by the second, and nobody shall find it by searching
    if status in (202, 503):
        antwort["Retry-After"] = "2" if status == 202 else "60" if "voll" in kontext else "900"
    return antwort


@require_safe
def heftausgabe(request: HttpRequest, konferenz: str, schluessel: str) -> HttpResponseBase:
    """Send a certain edition, which need not be of the present state."""
    ausgabe = get_object_or_404(
        Heftausgabe.objects.fertige().sichtbar_fuer(Leser.von(request)).select_related("konferenz"),
        schluessel=schluessel,
        konferenz__slug=konferenz,
    )
    if not noch_zu_haben(ausgabe):
        raise Http404("Diese Ausgabe ist veraltet.")
    return _datei(request, ausgabe)


def _datei(request: HttpRequest, ausgabe: Heftausgabe) -> HttpResponseBase:
    try:
        datei = ausgabe.datei.open()
    except FileNotFoundError as fehler:
        # Lost from the store: who asks again gets it made again.
        wegwerfen(ausgabe)
        raise Http404("Die Datei ist verloren gegangen und wird neu gemacht.") from fehler
    name = Auswahl.aus_anfrage(ausgabe.auswahl).dateiname(ausgabe.konferenz.slug)
    antwort = datei_antwort(
        request,
        datei,
        etag=ausgabe.schluessel,
        typ="application/pdf",
        name=f"{name}.pdf",
        oeffentlich=not ausgabe.entwurf,
    )
    if ausgabe.entwurf:
        geheimhalten(antwort)
    return antwort
