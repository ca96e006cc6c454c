"""The page on which what moderators send is taken over, and the files it came from."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from arbeitsgruppen import dateien, lesung, quelldateien
from arbeitsgruppen.bestellung import WarteschlangeVoll, schluessel_fuer, wartestand
from arbeitsgruppen.dateifund import aus_datei
from arbeitsgruppen.dateileser.bloecke import Dateifehler
from arbeitsgruppen.einfuegen import aus_text
from arbeitsgruppen.erfassung import NichtErlaubt
from arbeitsgruppen.erzeugnisse import bestelltes, verlangen
from arbeitsgruppen.fund import Fund, Rahmen, zusammen
from arbeitsgruppen.hintergrund import nachhelfen
from arbeitsgruppen.models import Arbeitsgruppe, Erzeugnis, Quelldatei
from arbeitsgruppen.papierkorb import AUFBEWAHRUNG
from arbeitsgruppen.uebernahme import Ergebnis, Ueberholt, uebernehmen, vorschlagen
from arbeitsgruppen.uebernahmeformular import (
    KOEPFE_HOECHSTENS,
    ZEILEN_HOECHSTENS,
    Eingabeform,
    Vorschau,
)
from konferenz import zwischenspeicher
from konferenz.berechtigungen import darf_erfassen, darf_quelldateien_loeschen, gehoert_zu, ist_organisation
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

LESUNG = Erzeugnis.Art.LESUNG


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def uebernahme(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for text or a file, show what was found in it, and store what was chosen."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    speichern = request.method == "POST" and request.POST.get("aktion") == "speichern"
    if not darf_erfassen(request.user, gruppe):
        # What somebody chose while it was still allowed must not be lost.
        schrieb_hier = ist_organisation(request.user) or gehoert_zu(request.user, gruppe)
        if not speichern or not schrieb_hier:
            raise PermissionDenied
        return _abgewiesen(request, gruppe)
    if speichern:
        return _gespeichert(request, gruppe)
    if request.method == "POST":
        return _gelesen(request, gruppe)
    return _eingabeseite(request, gruppe, Eingabeform())


def _eingabeseite(
    request: HttpRequest, gruppe: Arbeitsgruppe, form: Eingabeform, status: int = 200
) -> HttpResponse:
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "form": form,
        "quelldateien": gruppe.quelldateien.select_related("hochgeladen_von"),
        "darf_loeschen": darf_quelldateien_loeschen(request.user),
        "megabyte": dateien.GRENZEN.datei // 2**20,
    }
    return verwaltungsantwort(
        request, "admin/erfassung/uebernahme.html", f"{gruppe}: übernehmen", kontext, status
    )


def _gelesen(request: HttpRequest, gruppe: Arbeitsgruppe) -> HttpResponse:
    """Read what was sent and show the preview; what cannot be read comes back with the reason."""
    form = Eingabeform(request.POST, request.FILES)
    if not form.is_valid():
        return _eingabeseite(request, gruppe, form, 422)
    text = form.cleaned_data["text"]
    fund = aus_text(text, Rahmen.von(gruppe))
    if datei := form.cleaned_data["datei"]:
        inhalt = datei.read()
        name = datei.name or "Datei"
        konto = _konto(request)
        try:
            gelesene = dateien.lesen(inhalt, lesung.SOFORT)
        except dateien.DauertZuLange:
            return _spaeter(request, gruppe, form, inhalt)
        except Dateifehler as fehler:
            form.add_error("datei", str(fehler))
            return _eingabeseite(request, gruppe, form, 422)
        abgelegt = quelldateien.ablegen(gruppe, konto, name, inhalt)
        fund = zusammen(fund, _aus_datei(gruppe, gelesene, abgelegt.name))
    return _vorgeschlagen(request, gruppe, form, fund, "" if datei else text)


def _spaeter(request: HttpRequest, gruppe: Arbeitsgruppe, form: Eingabeform, inhalt: bytes) -> HttpResponse:
    """Have a file read in the background, and lead to the page that says how far that is."""
    konto, text = _konto(request), form.cleaned_data["text"]
    name = form.cleaned_data["datei"].name or "Datei"
    schluessel = schluessel_fuer(
        LESUNG, gruppe.pk, konto.pk, name, sha256(inhalt).hexdigest(), text, zwischenspeicher.fassung()
    )
    angaben = {"gruppe": gruppe.pk, "konto": konto.pk, "name": name, "text": text}
    try:
        verlangen(LESUNG, schluessel, angaben, ContentFile(inhalt, "eingang"), noch_einmal=True)
    except WarteschlangeVoll:
        form.add_error(
            "datei",
            "Gerade werden sehr viele große Dateien gelesen. Versuchen Sie es in einer Minute noch einmal, "
            "oder fügen Sie den Text ein.",
        )
        return _eingabeseite(request, gruppe, form, 503)
    return redirect("uebernahme_lesung", gruppe.pk, schluessel)


@verwaltungsseite
@require_safe
def uebernahme_lesung(request: HttpRequest, pk: int, schluessel: str) -> HttpResponse:
    """Say how far the reading of a file is; once it is read, show what was found in it."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    if not darf_erfassen(request.user, gruppe):
        raise PermissionDenied
    erzeugnis = bestelltes(LESUNG, schluessel)
    if erzeugnis is None or erzeugnis.angaben["gruppe"] != gruppe.pk:
        messages.error(request, "Die gelesene Datei ist nicht mehr da. Laden Sie sie noch einmal hoch.")
        return redirect("uebernahme", gruppe.pk)
    angaben = erzeugnis.angaben
    if not erzeugnis.fertig and not erzeugnis.fehler:
        nachhelfen(erzeugnis.auftrag)
        kontext = {
            "gruppe": gruppe,
            "konferenz": gruppe.konferenz,
            "name": angaben["name"],
            "erzeugnis": erzeugnis,
            "wartet": wartestand(erzeugnis),
        }
        return verwaltungsantwort(
            request, "admin/erfassung/uebernahme_lesung.html", f"{gruppe}: übernehmen", kontext
        )
    form = Eingabeform({"text": angaben["text"]})
    form.full_clean()
    form.errors.clear()  # it was valid when it was sent, with the file
    if erzeugnis.fehler:
        form.add_error("datei", f"„{angaben['name']}“: {erzeugnis.fehler}")
        return _eingabeseite(request, gruppe, form, 422)
    fund = zusammen(
        aus_text(angaben["text"], Rahmen.von(gruppe)),
        _aus_datei(gruppe, lesung.gelesene(erzeugnis), angaben["name"]),
    )
    return _vorgeschlagen(request, gruppe, form, fund, "")


def _aus_datei(gruppe: Arbeitsgruppe, datei: dateien.Datei, name: str) -> Fund:
    fund = aus_datei(datei, Rahmen.von(gruppe))
    return replace(fund, hinweise=(f"„{name}“ liegt jetzt bei der Gruppe.", *fund.hinweise))


def _vorgeschlagen(
    request: HttpRequest, gruppe: Arbeitsgruppe, form: Eingabeform, fund: Fund, text: str
) -> HttpResponse:
    """Show what was found beside what the group has; `text` is what somebody may mend and have read again."""
    if fund.umfang > ZEILEN_HOECHSTENS or len(fund.abschnitte) > KOEPFE_HOECHSTENS:
        form.add_error(
            None,
            f"Gefunden wurden {fund.umfang} Zeilen unter {len(fund.abschnitte)} Überschriften, "
            f"höchstens {ZEILEN_HOECHSTENS} unter {KOEPFE_HOECHSTENS} lassen sich auf einmal übernehmen. "
            f"Übernehmen Sie nur den Teil dieser Gruppe, oder in mehreren Schritten.",
        )
        return _eingabeseite(request, gruppe, form, 422)
    vorschlag = vorschlagen(gruppe, fund)
    if not vorschlag.zeilen:
        form.add_error(None, "Es wurde nichts gefunden, was sich übernehmen ließe. Fügen Sie den Text ein.")
        return _eingabeseite(request, gruppe, form, 422)
    return _vorschauseite(request, gruppe, Vorschau.von(gruppe, vorschlag), vorschlag.hinweise, text)


def _konto(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # verwaltungsseite lets nobody else in
    return request.user


def _vorschauseite(
    request: HttpRequest,
    gruppe: Arbeitsgruppe,
    vorschau: Vorschau,
    hinweise: tuple[str, ...] = (),
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "vorschau": vorschau,
        "hinweise": hinweise,
        "text": text,
    }
    return verwaltungsantwort(
        request, "admin/erfassung/uebernahme_vorschau.html", f"{gruppe}: übernehmen", kontext, status
    )


def _gespeichert(request: HttpRequest, gruppe: Arbeitsgruppe) -> HttpResponse:
    vorschau = Vorschau.aus(gruppe, request.POST)
    if not vorschau.is_valid():
        return _vorschauseite(request, gruppe, vorschau, status=422)
    try:
        ergebnis = uebernehmen(gruppe.pk, _konto(request), vorschau.wahlen())
    except Ueberholt as fehler:
        return _vorschauseite(request, gruppe, vorschau.ueberholt(gruppe, fehler), status=409)
    except NichtErlaubt:
        gruppe.refresh_from_db(fields=["status"])
        return _abgewiesen(request, gruppe)
    except Arbeitsgruppe.DoesNotExist as fehler:
        raise Http404 from fehler
    messages.success(request, meldung(ergebnis))
    return redirect("erfassung_gruppe", gruppe.pk)


def _abgewiesen(request: HttpRequest, gruppe: Arbeitsgruppe) -> HttpResponse:
    if gruppe.konferenz.ist_archiviert:
        grund, abhilfe = "Die Konferenz ist inzwischen archiviert", "Holen Sie sie zurück"
    else:
        grund = f"Die Gruppe ist inzwischen „{gruppe.get_status_display()}“"
        abhilfe = "Nehmen Sie die Gruppe wieder in Bearbeitung"
    messages.error(
        request,
        f"Nicht gespeichert: {grund}. Ihre Auswahl steht noch da. {abhilfe}, oder bitten Sie die "
        f"Organisation darum, und übernehmen Sie dann noch einmal.",
    )
    return _vorschauseite(request, gruppe, Vorschau.aus(gruppe, request.POST), status=403)


def meldung(ergebnis: Ergebnis) -> str:
    """Return in one or two sentences what was taken over."""
    worte = (
        (ergebnis.neu, "eine Äußerung", "{} Äußerungen"),
        (ergebnis.unterpunkte, "ein Unterpunkt", "{} Unterpunkte"),
        (ergebnis.geaendert, "eine geänderte Fassung", "{} geänderte Fassungen"),
    )
    teile = [eins if zahl == 1 else viele.format(zahl) for zahl, eins, viele in worte if zahl]
    satz = f"Übernommen: {', '.join(teile)}." if teile else "Nichts Neues: Es war schon alles da."
    if ergebnis.abschnitte:
        satz += f" Neu angelegt: {', '.join(f'„{name}“' for name in ergebnis.abschnitte)}."
    if ergebnis.schon_da and teile:
        satz += f" Schon da und nicht noch einmal gespeichert: {ergebnis.schon_da}."
    return satz


# --- the files ----------------------------------------------------------------------------------------


@verwaltungsseite
@require_safe
def quelldatei(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a file as it came, to be stored and never to be shown by the browser."""
    eintrag = get_object_or_404(Quelldatei, pk=pk)
    try:
        inhalt = eintrag.datei.open("rb")
    except FileNotFoundError as fehler:
        raise Http404 from fehler
    antwort = FileResponse(
        inhalt, as_attachment=True, filename=eintrag.name, content_type="application/octet-stream"
    )
    antwort["X-Content-Type-Options"] = "nosniff"
    return antwort


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def quelldatei_loeschen(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a file into the bin, after it was asked whether that is meant."""
    eintrag = get_object_or_404(Quelldatei.objects.select_related("arbeitsgruppe__konferenz"), pk=pk)
    if not darf_quelldateien_loeschen(request.user):
        raise PermissionDenied
    gruppe = eintrag.arbeitsgruppe
    if request.method == "POST":
        quelldateien.loeschen(eintrag)
        messages.success(request, f"„{eintrag.name}“ liegt jetzt im Papierkorb der Gruppe.")
        return redirect("uebernahme", gruppe.pk)
    kontext: dict[str, Any] = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "quelldatei": eintrag,
        "tage": AUFBEWAHRUNG.days,
    }
    return verwaltungsantwort(request, "admin/erfassung/quelldatei_loeschen.html", "Datei löschen?", kontext)
