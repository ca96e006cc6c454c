"""The pages of the history, below /admin/erfassung/: what changed, and taking it back."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arbeitsgruppen.erfassung import NichtErlaubt
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from arbeitsgruppen.ruecknahme import (
    Plan,
    Ueberholt,
    Unmoeglich,
    fuer_aeusserung,
    fuer_vorgang,
    fuer_zeitpunkt,
)
from arbeitsgruppen.ruecknahme import zuruecknehmen as ausfuehren
from arbeitsgruppen.verlauf import Gruppenverlauf, zeilenverlauf
from arbeitsgruppen.verlaufsformular import FRUEHESTENS, Filterform
from arbeitsgruppen.wiederherstellen import Hindernis
from arbeitsgruppen.wortlaut import als_erfassungsfehler_anerkennen
from arbeitsgruppen.zusammenfuehren import Wahl
from konferenz.berechtigungen import darf_erfassen, ist_organisation
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

JE_SEITE = 25
# Two looks at the page with less between them are one visit.
BESUCH = timedelta(hours=1)
BESUCH_GEMERKT = timedelta(days=365)


@verwaltungsseite
@require_safe
def verlauf(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what has changed in a group, newest first."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    geschichte = Gruppenverlauf(gruppe)
    davor, zuletzt = _besuche(request)
    form = Filterform(request.GET, geschichte.konten(), davor, geschichte.letzte_freigabe())
    gueltig = form.is_valid()
    vorgaenge = geschichte.vorgaenge(form.beginn, form.gewaehltes_konto) if gueltig else []
    seite = Paginator(vorgaenge, JE_SEITE).get_page(request.GET.get("seite"))
    geschichte.ausfuellen(list(seite))
    weiter = request.GET.copy()
    weiter.pop("seite", None)
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "form": form,
        "seite": seite,
        "anfrage": weiter.urlencode(),
        "darf": darf_erfassen(request.user, gruppe),
        "gefiltert": gueltig and (form.beginn or form.gewaehltes_konto),
    }
    antwort = verwaltungsantwort(request, "admin/erfassung/verlauf.html", f"Verlauf: {gruppe}", kontext)
    _besuch_merken(request, antwort, davor, zuletzt)
    return antwort


def _besuche(request: HttpRequest) -> tuple[datetime | None, datetime | None]:
    """Return when this account began its last visit of this page before this one, and when it looked last."""
    wert = request.get_signed_cookie("verlauf", "", salt=f"verlauf-{request.user.pk}") or ""
    davor, _, zuletzt = wert.partition("|")
    besuche = parse_datetime(davor) if davor else None, parse_datetime(zuletzt) if zuletzt else None
    if besuche[1] and timezone.now() - besuche[1] > BESUCH:
        return besuche[1], besuche[1]
    return besuche


def _besuch_merken(
    request: HttpRequest, antwort: HttpResponse, davor: datetime | None, zuletzt: datetime | None
) -> None:
    """Keep this visit in a cookie for this page: nothing is stored of who reads what."""
    jetzt = timezone.now().isoformat()
    antwort.set_signed_cookie(
        "verlauf",
        f"{davor.isoformat() if davor else ''}|{jetzt}",
        salt=f"verlauf-{request.user.pk}",
        max_age=int(BESUCH_GEMERKT.total_seconds()),
        path=request.path,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


@verwaltungsseite
@require_safe
def aeusserungsverlauf(request: HttpRequest, kennung: str) -> HttpResponse:
    """Show all that happened to one statement, be it there or in the bin."""
    zeilen = zeilenverlauf(kennung)
    if not zeilen:
        raise Http404("Eine Äußerung mit dieser Kennung gibt es nicht.")
    aeusserung = _aeusserung(kennung)
    gruppe = aeusserung.abschnitt.arbeitsgruppe if aeusserung else _gruppe_von(zeilen[0][0])
    kontext = {
        "kennung": kennung,
        "aeusserung": aeusserung,
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz if gruppe else None,
        "zeilen": [(zeile, aenderung) for zeile, aenderung in zeilen if aenderung],
        "darf": bool(aeusserung and gruppe and darf_erfassen(request.user, gruppe)),
        "darf_anerkennen": bool(
            aeusserung and aeusserung.redaktionell_geaendert and darf_anerkennen(request.user, aeusserung)
        ),
    }
    return verwaltungsantwort(
        request, "admin/erfassung/aeusserungsverlauf.html", f"Verlauf der Äußerung {kennung}", kontext
    )


def _aeusserung(kennung: str) -> Aeusserung | None:
    aeusserungen = Aeusserung.objects.select_related("abschnitt__arbeitsgruppe__konferenz")
    return aeusserungen.filter(kennung=kennung).first()


def _gruppe_von(zeile: Any) -> Arbeitsgruppe | None:
    """Return the group in which a deleted statement stood last, if that is still there."""
    kopf = Gruppenverlauf.kopf(zeile.abschnitt_id)
    gruppen = Arbeitsgruppe.objects.select_related("konferenz")
    return gruppen.filter(pk=kopf.arbeitsgruppe_id).first() if kopf else None


def darf_anerkennen(konto: Any, aeusserung: Aeusserung) -> bool:
    """Whether the account may take the present wording of a statement for the recorded one."""
    return ist_organisation(konto) and darf_erfassen(konto, aeusserung.abschnitt.arbeitsgruppe)


@verwaltungsseite
@require_POST
def erfassungsfehler(request: HttpRequest, kennung: str) -> HttpResponse:
    """Accept that a statement was only typed wrongly, so that its wording needs no mark any more."""
    aeusserung = _aeusserung(kennung)
    if aeusserung is None:
        raise Http404("Eine Äußerung mit dieser Kennung gibt es nicht.")
    if not darf_anerkennen(request.user, aeusserung):
        raise PermissionDenied
    if als_erfassungsfehler_anerkennen(aeusserung):
        messages.success(
            request,
            "Als Erfassungsfehler anerkannt: Der jetzige Wortlaut gilt als der der Aufnahme. Im Verlauf "
            "stehen beide.",
        )
    else:
        messages.info(request, "Es gibt nichts anzuerkennen: Der Wortlaut ist der der Aufnahme.")
    return redirect("aeusserungsverlauf", kennung)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def zuruecknehmen(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what taking back a Vorgang, or all since a moment, would change in a group; do it when agreed."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    angaben = request.POST if request.method == "POST" else request.GET
    konto = _erfassend(request, gruppe)
    if "vorgang" in angaben:
        nummer = _uuid(angaben["vorgang"])
        return _ruecknahme(
            request,
            gruppe,
            lambda: fuer_vorgang(gruppe, konto, nummer, request.POST.dict()),
            [("vorgang", str(nummer))],
            "Vorgang zurücknehmen",
        )
    vor = _zeitpunkt(angaben.get("stand", ""))
    return _ruecknahme(
        request,
        gruppe,
        lambda: fuer_zeitpunkt(gruppe, konto, vor),
        [("stand", vor.isoformat())],
        f"Zurück zum Stand vor dem {timezone.localtime(vor):%d.%m.%Y, %H:%M:%S} Uhr",
    )


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def aeusserung_zuruecknehmen(request: HttpRequest, kennung: str, zeile: int) -> HttpResponse:
    """Show what taking a statement back to an earlier line of its history would change; do it when agreed."""
    aeusserung = _aeusserung(kennung)
    if aeusserung is None:
        raise Http404("Eine Äußerung mit dieser Kennung gibt es nicht.")
    gruppe = aeusserung.abschnitt.arbeitsgruppe
    _erfassend(request, gruppe)
    fruehere = get_object_or_404(Aeusserung.history.exclude(history_type="-"), kennung=kennung, pk=zeile)
    angaben = request.POST if request.method == "POST" else request.GET
    was = [w for w in ("text", "stelle") if w in angaben.getlist("was")] or ["text"]
    return _ruecknahme(
        request,
        gruppe,
        lambda: fuer_aeusserung(gruppe, fruehere, was),
        [("was", w) for w in was],
        f"Äußerung {kennung} zurücknehmen",
        reverse("aeusserungsverlauf", args=[kennung]),
    )


def _erfassend(request: HttpRequest, gruppe: Arbeitsgruppe) -> User:
    if not darf_erfassen(request.user, gruppe):
        raise PermissionDenied
    assert isinstance(request.user, User)  # noqa: S101  # verwaltungsseite lets nobody else in
    return request.user


def _uuid(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as fehler:
        raise Http404("So heißt kein Vorgang.") from fehler


def _zeitpunkt(text: str) -> datetime:
    try:
        zeitpunkt = parse_datetime(text)
    except ValueError:
        zeitpunkt = None
    if zeitpunkt is None or zeitpunkt.tzinfo is None or zeitpunkt.date() < FRUEHESTENS:
        raise Http404("Das ist kein Zeitpunkt.")
    return zeitpunkt


def _ruecknahme(
    request: HttpRequest,
    gruppe: Arbeitsgruppe,
    planen: Callable[[], Plan],
    angaben: Sequence[tuple[str, str]],
    titel: str,
    zurueck: str = "",
) -> HttpResponse:
    """Show a plan, or carry it out when the person has agreed to it."""
    zurueck = zurueck or reverse("verlauf", args=[gruppe.pk])
    try:
        if request.method == "POST":
            konto = _erfassend(request, gruppe)
            ausfuehren(gruppe, konto, planen, request.POST.get("merkmal", ""))
            messages.success(
                request, "Zurückgenommen. Auch das steht im Verlauf und lässt sich zurücknehmen."
            )
            return redirect(zurueck)
        plan, status = planen(), 200
    except (Unmoeglich, Hindernis) as grund:
        messages.error(request, str(grund))
        return redirect(zurueck)
    except NichtErlaubt as fehler:
        raise PermissionDenied from fehler
    except Ueberholt:
        messages.warning(
            request, "Inzwischen hat sich etwas geändert. Bitte sehen Sie noch einmal, was geschähe."
        )
        plan, status = planen(), 409
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "plan": plan,
        "angaben": angaben,
        "zurueck": zurueck,
        "auf_davor": {name for name, wert in request.POST.items() if wert == Wahl.MEINE},
    }
    return verwaltungsantwort(request, "admin/erfassung/zuruecknehmen.html", titel, kontext, status)
