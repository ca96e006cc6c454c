"""The pages on which groups are entered: all groups with their state, and one group."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arbeitsgruppen.admin import anzahl_je_gruppe
from arbeitsgruppen.erfassung import Ergebnis, NichtErlaubt, als_json, aus_json, erfassen, stand_von
from arbeitsgruppen.erfassungsformular import (
    VORSATZ,
    Abschnittsfelder,
    Feld,
    Umbau,
    felder_der_anfrage,
    felder_von,
    umgebaut,
    vorschau,
)
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Bearbeitung
from arbeitsgruppen.ueberschriften import GELAEUFIGE
from arbeitsgruppen.zusammenfuehren import Konflikt
from konferenz.berechtigungen import darf_erfassen, gehoert_zu
from konferenz.models import Konferenz
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

# The page gives a sign of life every ten seconds; without script only its opening is known.
ANWESEND = timedelta(seconds=45)
# More questions on one page nobody answers one by one.
FRAGEN_AUF_EINMAL = 40
OHNE_ENTWURF_BEHALTEN = timedelta(days=1)


@verwaltungsseite
@require_safe
def uebersicht(request: HttpRequest) -> HttpResponse:
    """Show every group of a conference with its state, its counts, and who edited it last."""
    konferenzen = list(Konferenz.objects.all())
    gewaehlt = next((k for k in konferenzen if k.slug == request.GET.get("konferenz")), None)
    if gewaehlt is None and konferenzen:
        offene = [k for k in konferenzen if k.status != Konferenz.Status.ARCHIVIERT]
        gewaehlt = (offene or konferenzen)[0]
    kontext = {
        "konferenzen": konferenzen,
        "konferenz": gewaehlt,
        "gruppen": _gruppen_mit_stand(gewaehlt, request.user) if gewaehlt else [],
    }
    return verwaltungsantwort(request, "admin/erfassung/uebersicht.html", "Erfassung", kontext)


def _gruppen_mit_stand(konferenz: Konferenz, konto: Any) -> list[Any]:
    """Return the groups, own ones first, each with counts, who is at it now, and its last change."""
    gruppen: list[Any] = list(
        konferenz.arbeitsgruppen.annotate(
            eintraege=anzahl_je_gruppe(),
            offene_kommentare=Count("kommentare", filter=Q(kommentare__erledigt=None), distinct=True),
            eigen=Count("konten", filter=Q(konten=konto), distinct=True),
        )
        .prefetch_related("moderationen__person")
        .order_by("nummer")
    )
    zuletzt = letzte_aenderungen(gruppen)
    anwesend = defaultdict[int, list[Bearbeitung]](list)
    for bearbeitung in _anwesende(Bearbeitung.objects.filter(arbeitsgruppe__in=gruppen), konto):
        anwesend[bearbeitung.arbeitsgruppe_id].append(bearbeitung)
    for gruppe in gruppen:
        gruppe.zuletzt = zuletzt.get(gruppe.pk)
        gruppe.anwesend = anwesend[gruppe.pk]
    return sorted(gruppen, key=lambda gruppe: not gruppe.eigen)


def letzte_aenderungen(gruppen: Iterable[Arbeitsgruppe]) -> dict[int, Any]:
    """Return for each group (its key) the newest line of its history; constant in queries."""
    nummern = [gruppe.pk for gruppe in gruppen]
    zuletzt: dict[int, Any] = {}
    for modell, weg in (
        (Arbeitsgruppe, "id"),
        (Abschnitt, "arbeitsgruppe_id"),
        (Aeusserung, "abschnitt__arbeitsgruppe_id"),
    ):
        neueste = (
            modell.history.filter(**{f"{weg}__in": nummern})
            .order_by()
            .values_list(weg)
            .annotate(neueste=Max("history_id"))
        )
        je_zeile = {zeile: gruppe for gruppe, zeile in neueste}
        for zeile in modell.history.filter(pk__in=je_zeile).select_related("history_user"):
            gruppe = je_zeile[zeile.pk]
            if gruppe not in zuletzt or zeile.history_date > zuletzt[gruppe].history_date:
                zuletzt[gruppe] = zeile
    return zuletzt


def _anwesende(bearbeitungen: Any, konto: Any) -> list[Bearbeitung]:
    """Return who else has a page of these open now, each account once."""
    jetzt = timezone.now()
    frisch = bearbeitungen.filter(zuletzt__range=(jetzt - ANWESEND, jetzt)).exclude(konto=konto)
    je_konto = {
        (b.konto_id, b.arbeitsgruppe_id): b for b in frisch.select_related("konto").order_by("-begonnen")
    }
    return sorted(je_konto.values(), key=lambda b: b.begonnen)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def gruppe(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is entered for a group, let it be edited, and store it."""
    objekt = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    if request.method == "POST":
        return _bearbeitet(request, objekt)
    entwurf = _entwurf(request, objekt, request.GET.get("entwurf"))
    if entwurf and entwurf.entwurf and darf_erfassen(request.user, objekt):
        felder, basis = felder_der_anfrage(entwurf.entwurf), str(entwurf.entwurf.get("basis", ""))
        return _seite(request, objekt, _formular(felder), basis, kennung=entwurf.pk, offen=True)
    stand = stand_von(objekt)
    return _seite(request, objekt, _formular(felder_von(stand)), als_json(stand))


def _bearbeitet(request: HttpRequest, gruppe: Arbeitsgruppe) -> HttpResponse:
    if not darf_erfassen(request.user, gruppe) and not gehoert_zu(request.user, gruppe):
        raise PermissionDenied
    aktion = request.POST.get("aktion", "speichern")
    if aktion == "verwerfen":
        if entwurf := _entwurf(request, gruppe, request.POST.get("entwurf")):
            entwurf.delete()
        messages.success(request, "Der Entwurf ist verworfen.")
        return redirect("erfassung_gruppe", gruppe.pk)
    if aktion != "speichern":
        umbau = umgebaut(felder_der_anfrage(request.POST), aktion, request.POST)
        return _wieder(request, gruppe, umbau)
    offene = _entwurf_gesichert(request, gruppe)
    felder = Abschnittsfelder(request.POST, prefix=VORSATZ)
    if not felder.is_valid():
        return _seite(request, gruppe, felder, request.POST.get("basis", ""), offen=True, status=422)
    try:
        basis = aus_json(request.POST.get("basis", ""))
    except ValueError:
        messages.error(
            request,
            "Die Seite kam unvollständig an, deshalb ist nichts gespeichert. Ihre Eingaben stehen noch da: "
            "Prüfen Sie sie, und speichern Sie noch einmal.",
        )
        return _wieder(
            request, gruppe, Umbau(felder_der_anfrage(request.POST), ""), als_json(stand_von(gruppe))
        )
    assert isinstance(request.user, User)  # noqa: S101  # verwaltungsseite lets nobody else in
    try:
        ergebnis = erfassen(
            gruppe,
            request.user,
            basis,
            felder.eingaben(),
            _antworten(request),
            request.POST.dict(),
            request.POST.get("antwort-rest", ""),
            _nummer(request, offene),
        )
    except NichtErlaubt:
        return _abgewiesen(request, gruppe)
    if not ergebnis.gespeichert:
        return _entscheiden(request, gruppe, ergebnis)
    offene.delete()
    messages.success(request, _gespeichert(ergebnis))
    return redirect("erfassung_gruppe", gruppe.pk)


def _abgewiesen(request: HttpRequest, gruppe: Arbeitsgruppe) -> HttpResponse:
    messages.error(
        request,
        f"Nicht gespeichert: Die Gruppe ist inzwischen „{gruppe.get_status_display()}“. Ihre Eingaben stehen "
        "noch da. Nehmen Sie die Gruppe wieder in Bearbeitung, oder bitten Sie die Organisation darum, und "
        "speichern Sie dann noch einmal.",
    )
    return _wieder(request, gruppe, Umbau(felder_der_anfrage(request.POST), ""), status=409)


def _nummer(request: HttpRequest, offene: Bearbeitung) -> UUID:
    """Return the number of the Vorgang that a page makes with its content: the same if it is sent twice."""
    inhalt = sorted((k, str(w)) for k, w in request.POST.items() if k != "csrfmiddlewaretoken")
    return uuid5(offene.pk, sha256(repr(inhalt).encode()).hexdigest())


def _antworten(request: HttpRequest) -> dict[int, str]:
    """Return the answers to questions: „neu“ stands for a new statement."""
    antworten = {}
    for name, wert in request.POST.items():
        nummer = name.removeprefix("antwort-")
        if name != nummer and nummer.isdecimal() and len(nummer) < 7 and wert:
            antworten[int(nummer)] = "" if wert == "neu" else str(wert)
    return antworten


def _gespeichert(ergebnis: Ergebnis) -> str:
    """Return in one sentence what was stored."""
    if ergebnis.wiederholt:
        return "Diese Eingaben waren schon gespeichert."
    worte = {
        "neu": ("eine neue Äußerung", "{} neue Äußerungen"),
        "geaendert": ("eine geändert", "{} geändert"),
        "umgestellt": ("eine umgestellt", "{} umgestellt"),
        "entfernt": ("eine entfernt", "{} entfernt"),
        "abschnitte": ("ein Abschnitt angelegt oder geändert", "{} Abschnitte angelegt oder geändert"),
    }
    teile = [
        eins if anzahl == 1 else viele.format(anzahl)
        for art, (eins, viele) in worte.items()
        if (anzahl := ergebnis.umfang[art])
    ]
    satz = f"Gespeichert: {', '.join(teile)}." if teile else "Gespeichert. Es hatte sich nichts geändert."
    if ergebnis.andere_waren_schneller:
        satz += " Inzwischen war auch anderes gespeichert worden; beides steht jetzt zusammen da."
    return satz


def _entscheiden(request: HttpRequest, gruppe: Arbeitsgruppe, ergebnis: Ergebnis) -> HttpResponse:
    """Ask what only a person can tell; all that was typed travels along."""
    nicht_mit = ("csrfmiddlewaretoken", "aktion")
    gestellt = {f"antwort-{frage.neue}" for frage, _ in ergebnis.fragen[:FRAGEN_AUF_EINMAL]}
    gestellt |= {"antwort-rest", *(konflikt.name for konflikt in ergebnis.konflikte)}
    ueberschriften = {
        f"neu-{nummer}": feld.ueberschrift for nummer, feld in enumerate(felder_der_anfrage(request.POST))
    } | {str(a.pk): a.ueberschrift for a in gruppe.abschnitte.all()}
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "fragen": [
            {"frage": frage, "zeile": zeile, "ueberschrift": ueberschriften.get(zeile.abschnitt, "")}
            for frage, zeile in ergebnis.fragen[:FRAGEN_AUF_EINMAL]
        ],
        "weitere_fragen": len(ergebnis.fragen[FRAGEN_AUF_EINMAL:]),
        "konflikte": _mit_urheber(ergebnis.konflikte),
        "mitgebracht": [
            (name, wert)
            for name, wert in request.POST.items()
            if name not in nicht_mit and name not in gestellt
        ],
    }
    return verwaltungsantwort(
        request, "admin/erfassung/entscheiden.html", f"{gruppe}: bitte entscheiden", kontext, status=409
    )


def _mit_urheber(konflikte: Iterable[Konflikt]) -> list[dict[str, Any]]:
    """Return the conflicts with the newest line of the history of their statement or Abschnitt."""
    zeilen = [konflikt.schluessel for konflikt in konflikte if konflikt.feld == "text"]
    koepfe = [konflikt.schluessel for konflikt in konflikte if konflikt.feld != "text"]
    zuletzt: dict[tuple[bool, str], Any] = {}
    for zeile in Aeusserung.history.filter(kennung__in=zeilen).select_related("history_user").reverse():
        zuletzt[True, zeile.kennung] = zeile
    for kopf in Abschnitt.history.filter(id__in=koepfe).select_related("history_user").reverse():
        zuletzt[False, str(kopf.id)] = kopf
    return [{"konflikt": k, "zuletzt": zuletzt.get((k.feld == "text", k.schluessel))} for k in konflikte]


def _wieder(
    request: HttpRequest, gruppe: Arbeitsgruppe, umbau: Umbau, basis: str | None = None, status: int = 200
) -> HttpResponse:
    """Show the page once more with what was typed; nothing is stored yet."""
    basis = request.POST.get("basis", "") if basis is None else basis
    return _seite(request, gruppe, _formular(umbau.felder), basis, umbau=umbau, offen=True, status=status)


def _formular(felder: Iterable[Feld]) -> Any:
    return Abschnittsfelder(initial=[feld.als_anfangswert() for feld in felder], prefix=VORSATZ)


def _seite(
    request: HttpRequest,
    gruppe: Arbeitsgruppe,
    felder: Any,
    basis: str,
    *,
    kennung: UUID | None = None,
    umbau: Umbau | None = None,
    offen: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a group; `offen` says that it shows what is not stored yet."""
    lesend = not offen and not darf_erfassen(request.user, gruppe)
    if not lesend:
        kennung = _gemeldet(request, gruppe, kennung or _uuid(request.POST.get("bearbeitung"))).pk
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "felder": felder,
        "basis": basis,
        "bearbeitung": kennung,
        "umbau": umbau,
        "lesend": lesend,
        "offen": offen,
        "entwuerfe": [] if lesend else list(_entwuerfe(request, gruppe).exclude(pk=kennung)),
        "anwesend": _anwesende(gruppe.bearbeitungen.all(), request.user),
        "ueberschriften": _ueberschriften(gruppe),
        "zuletzt": letzte_aenderungen([gruppe]).get(gruppe.pk),
    }
    return verwaltungsantwort(request, "admin/erfassung/gruppe.html", str(gruppe), kontext, status=status)


def _ueberschriften(gruppe: Arbeitsgruppe) -> list[str]:
    """Return the headings to offer: the usual ones, then those of the conference's other groups."""
    der_konferenz = Abschnitt.objects.filter(arbeitsgruppe__konferenz=gruppe.konferenz_id)
    andere = der_konferenz.order_by("ueberschrift").values_list("ueberschrift", flat=True).distinct()
    return list(dict.fromkeys([*GELAEUFIGE, *andere]))


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _entwuerfe(request: HttpRequest, gruppe: Arbeitsgruppe) -> Any:
    """Return what the account typed on pages of this group and has not saved."""
    return gruppe.bearbeitungen.filter(konto=request.user.pk, entwurf__isnull=False).order_by("-zuletzt")


def _entwurf(request: HttpRequest, gruppe: Arbeitsgruppe, kennung: Any) -> Bearbeitung | None:
    """Return the account's open page of this group with this Kennung."""
    eigene = gruppe.bearbeitungen.filter(konto=request.user.pk)
    return eigene.filter(pk=nummer).first() if (nummer := _uuid(kennung)) else None


def _gemeldet(request: HttpRequest, gruppe: Arbeitsgruppe, kennung: UUID | None) -> Bearbeitung:
    """Note that the account has a page of the group open; throw away what pages left long ago."""
    jetzt = timezone.now()
    gruppe.bearbeitungen.filter(entwurf=None, zuletzt__lt=jetzt - OHNE_ENTWURF_BEHALTEN).delete()
    angaben: dict[str, Any] = {"konto_id": request.user.pk, "arbeitsgruppe": gruppe, "zuletzt": jetzt}
    bearbeitung, neu = Bearbeitung.objects.get_or_create(pk=kennung or uuid4(), defaults=angaben)
    if (bearbeitung.konto_id, bearbeitung.arbeitsgruppe_id) != (request.user.pk, gruppe.pk):
        return Bearbeitung.objects.create(**angaben)
    if not neu:
        bearbeitung.zuletzt = jetzt
        bearbeitung.save(update_fields=["zuletzt"])
    return bearbeitung


def _entwurf_gesichert(request: HttpRequest, gruppe: Arbeitsgruppe) -> Bearbeitung:
    """Keep what a page sent until it is saved."""
    bearbeitung = _gemeldet(request, gruppe, _uuid(request.POST.get("bearbeitung")))
    nicht_mit = ("csrfmiddlewaretoken", "aktion", "bearbeitung")
    # PostgreSQL keeps no NUL; nobody types one, and the form itself refuses it with a message.
    bearbeitung.entwurf = {
        name: str(wert).replace("\0", "") for name, wert in request.POST.items() if name not in nicht_mit
    }
    bearbeitung.save(update_fields=["entwurf"])
    return bearbeitung


@verwaltungsseite
@require_POST
def vorschau_zeigen(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what will be stored of one field, as a piece of HTML for the script of the page."""
    gruppe = get_object_or_404(Arbeitsgruppe, pk=pk)
    return render(
        request,
        "admin/erfassung/_vorschau.html",
        {"vorschau": vorschau(request.POST.get("text", "")), "gruppe": gruppe},
    )


@verwaltungsseite
@require_POST
def entwurf_sichern(request: HttpRequest, pk: int) -> JsonResponse:
    """Keep what is typed but not saved, for the script of the page; say who else is at the group now."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    if not darf_erfassen(request.user, gruppe):
        raise PermissionDenied
    if "basis" in request.POST:
        bearbeitung = _entwurf_gesichert(request, gruppe)
    else:
        bearbeitung = _gemeldet(request, gruppe, _uuid(request.POST.get("bearbeitung")))
    anwesend = _anwesende(gruppe.bearbeitungen.all(), request.user)
    return JsonResponse(
        {
            "gesichert": f"{timezone.localtime(bearbeitung.zuletzt):%H:%M}",
            "anwesend": [_name(b.konto) for b in anwesend],
        }
    )


def _name(konto: User) -> str:
    return konto.get_full_name() or konto.get_username()
