"""Release: the steps by which a group and its conference become public, and back."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.berechtigungen import (
    Konto,
    darf_stand_aendern,
    ist_organisation,
    moegliche_konferenzschritte,
    moegliche_schritte,
)
from konferenz.models import Konferenz
from konferenz.verlauf import letzte_zeilen, vorgang

WEG = "Freigabe"
ARCHIVIERT = (
    "Die Konferenz ist archiviert. Erst wenn die Organisation sie aus dem Archiv nimmt, geht es weiter."
)
S, K = Arbeitsgruppe.Status, Konferenz.Status

# What the button says that leads from the first state to the second. Of those forward the first is usual.
SCHRITTE: dict[tuple[str, str], str] = {
    (S.IN_BEARBEITUNG, S.ZUR_PRUEFUNG): "Zur Prüfung geben",
    (S.IN_BEARBEITUNG, S.FREIGEGEBEN): "Freigeben",
    (S.ZUR_PRUEFUNG, S.FREIGEGEBEN): "Freigeben",
    (S.ZUR_PRUEFUNG, S.IN_BEARBEITUNG): "Zurück in Bearbeitung geben",
    (S.FREIGEGEBEN, S.ZUR_PRUEFUNG): "Freigabe zurücknehmen",
    (S.FREIGEGEBEN, S.IN_BEARBEITUNG): "Zurück in Bearbeitung geben",
    (K.ENTWURF, K.VEROEFFENTLICHT): "Veröffentlichen",
    (K.ENTWURF, K.ARCHIVIERT): "Archivieren",
    (K.VEROEFFENTLICHT, K.ARCHIVIERT): "Archivieren",
    (K.VEROEFFENTLICHT, K.ENTWURF): "Zum Entwurf zurücknehmen",
    (K.ARCHIVIERT, K.VEROEFFENTLICHT): "Aus dem Archiv nehmen",
    (K.ARCHIVIERT, K.ENTWURF): "Zum Entwurf zurücknehmen",
}


@dataclass(frozen=True, slots=True)
class Schritt:
    """A step that somebody may take: where to, what its button says, whether it is the usual one."""

    ziel: str
    knopf: str
    ueblich: bool


class Ueberholt(Exception):
    """The step came too late: what it started from has changed meanwhile. Says so in German."""


def schritte(konto: Konto, objekt: Arbeitsgruppe | Konferenz) -> list[Schritt]:
    """Return the steps that this account may take with a group or a conference, the usual one first."""
    if isinstance(objekt, Konferenz):
        moegliche = moegliche_konferenzschritte(konto, objekt)
    else:
        moegliche = moegliche_schritte(konto, objekt)
    reihenfolge: list[str] = type(objekt).Status.values
    ab_hier = [(z, knopf) for (von, z), knopf in SCHRITTE.items() if von == objekt.status and z in moegliche]
    return [
        Schritt(ziel, knopf, stelle == 0 and reihenfolge.index(ziel) > reihenfolge.index(objekt.status))
        for stelle, (ziel, knopf) in enumerate(ab_hier)
    ]


def gruppenschritt(konto: Konto, gruppe: Arbeitsgruppe, ziel: str, von: str) -> Arbeitsgruppe:
    """Bring a group from the state `von`, which its button was made for, to the state `ziel`.

    Return the group as it is then; one that is there already stays as it is, for somebody clicked twice.
    Raises PermissionDenied, and Ueberholt where somebody else was faster.
    """
    with transaction.atomic(), vorgang(WEG):
        # In the same order as with a conference and its groups, so that nobody waits for each other.
        konferenz = Konferenz.objects.select_for_update(no_key=True).get(pk=gruppe.konferenz_id)
        gruppe = Arbeitsgruppe.objects.select_for_update(no_key=True).get(pk=gruppe.pk)
        gruppe.konferenz = konferenz
        if not darf_stand_aendern(konto, gruppe):
            raise PermissionDenied
        if gruppe.status == ziel:
            return gruppe
        if konferenz.ist_archiviert:
            raise Ueberholt(ARCHIVIERT)
        if gruppe.status != von:
            raise _zu_spaet(f"AG {gruppe.nummer}", gruppe)
        if ziel not in moegliche_schritte(konto, gruppe):
            raise PermissionDenied
        _setzen(gruppe, ziel)
    return gruppe


def konferenzschritt(
    konto: Konto, konferenz: Konferenz, ziel: str, von: str, *, gepruefte: bool = False
) -> tuple[Konferenz, list[Arbeitsgruppe]]:
    """Bring a conference from the state `von` to `ziel`; with `gepruefte` release what is ready, too.

    Return the conference as it is then, and the groups that were released along with it. One that is there
    already stays as it is. Raises PermissionDenied, and Ueberholt where somebody else was faster.
    """
    if not ist_organisation(konto):
        raise PermissionDenied
    with transaction.atomic(), vorgang(WEG):
        konferenz = Konferenz.objects.select_for_update(no_key=True).get(pk=konferenz.pk)
        if konferenz.status != ziel:
            if konferenz.status != von:
                raise _zu_spaet("Die Konferenz", konferenz)
            if ziel not in moegliche_konferenzschritte(konto, konferenz):
                raise PermissionDenied
            konferenz.status = ziel
            konferenz.save(update_fields=["status"])
        elif gepruefte and konferenz.ist_archiviert:
            raise Ueberholt(ARCHIVIERT)
        return konferenz, _gepruefte_freigeben(konferenz) if gepruefte else []


def _zu_spaet(was: str, objekt: Arbeitsgruppe | Konferenz) -> Ueberholt:
    return Ueberholt(
        f"{was} ist inzwischen „{objekt.get_status_display()}“: Jemand anderes hat den Stand geändert, seit "
        "Sie die Seite geöffnet haben."
    )


def _gepruefte_freigeben(konferenz: Konferenz) -> list[Arbeitsgruppe]:
    gruppen = list(konferenz.arbeitsgruppen.filter(status=S.ZUR_PRUEFUNG).select_for_update(no_key=True))
    for gruppe in gruppen:
        _setzen(gruppe, S.FREIGEGEBEN)
    return gruppen


def _setzen(gruppe: Arbeitsgruppe, ziel: str) -> None:
    if gruppe.status == S.IN_BEARBEITUNG:
        wortlaut_festhalten(gruppe)
    gruppe.status = ziel
    gruppe.save(update_fields=["status"])


def wortlaut_festhalten(gruppe: Arbeitsgruppe) -> None:
    """Keep how its statements were recorded: from now on a change of their text is an editor's.

    None of them gets a line in its history for that, for none of them has changed: its last line, which
    says the same as the statement, says this as well.
    """
    aeusserungen = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe, original=None)
    zeilen = Aeusserung.history.filter(id__in=list(aeusserungen.values_list("pk", flat=True)))
    letzte_zeilen(zeilen).update(original=F("text"))
    aeusserungen.update(original=F("text"))


def ist_leer(gruppe: Arbeitsgruppe) -> bool:
    """Whether there is nothing to release yet."""
    return not Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).exists()


@dataclass(frozen=True, slots=True)
class Wechsel:
    """When something came into its present state, and who did it: an account, or None for a command."""

    wann: datetime
    wer: User | None


def letzter_wechsel(objekt: Arbeitsgruppe | Konferenz) -> Wechsel | None:
    """Return when a group or a conference came into its present state; None without a history."""
    verlauf = objekt.history.select_related("history_user").order_by("-history_date", "-history_id")
    letzter = None
    for zeile in verlauf.only("status", "history_date", "history_user"):
        if zeile.status != objekt.status:
            break
        letzter = Wechsel(zeile.history_date, zeile.history_user)
    return letzter
