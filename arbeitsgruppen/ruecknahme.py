"""Taking back: a statement to an earlier text or place, one Vorgang of a group, or the group to a time.

First a plan says what would change, then a person agrees, then it is done as a new Vorgang, so that taking
back can be taken back, too. A Vorgang is taken back as one reverses a patch: what it left and what was before
it are brought together with what holds now, and where somebody changed the same since, that stays unless the
person decides otherwise. Kennungen stay; what was deleted comes back from the „-“ lines of the histories.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from arbeitsgruppen.aenderungen import Aenderung, Angabe
from arbeitsgruppen.damals import Damals, geordnet
from arbeitsgruppen.erfassung import NichtErlaubt, als_json, stand_von, umschreiben
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from arbeitsgruppen.papierkorb import geloescht
from arbeitsgruppen.standvergleich import unterschiede
from arbeitsgruppen.wiederherstellen import einsetzen
from arbeitsgruppen.zusammenfuehren import Konflikt, Ort, Stand, Wahl, zusammengefuehrt
from konferenz.berechtigungen import darf_erfassen, darf_wiederherstellen
from konferenz.reihenfolge import sperren
from konferenz.verlauf import vorgang
from konferenz.wortunterschied import unterschied

FREMDE_TEXTE = "Titel und Frage der Gruppe bleiben: Die kann nur die Organisation zurücknehmen."


class Ueberholt(Exception):
    """Since the plan was shown something has changed, so that it is another one."""


class Unmoeglich(Exception):
    """Why something can't be taken back, in German."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a group holds, and what it is to hold; `hinweise` say what stays all the same.

    `texte` are those of the group itself, by the names of their fields: now and then.
    """

    jetzt: Stand
    ziel: Stand
    texte: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    konflikte: tuple[Konflikt, ...] = ()
    hinweise: tuple[str, ...] = ()

    @property
    def merkmal(self) -> str:
        """What tells the state of the group for which it was made from any other."""
        return sha256(f"{als_json(self.jetzt)}\n{sorted(self.texte.items())}".encode()).hexdigest()

    @property
    def aenderungen(self) -> list[Aenderung]:
        """What would change, in words."""
        angaben = tuple(
            Angabe(str(Arbeitsgruppe._meta.get_field(feld).verbose_name), unterschied(jetzt, damals))  # type: ignore[union-attr]
            for feld, (jetzt, damals) in self.texte.items()
        )
        gruppe = [Aenderung("Arbeitsgruppe", ("wird geändert",), angaben=angaben)] if angaben else []
        return gruppe + unterschiede(self.jetzt, self.ziel)


def fuer_zeitpunkt(gruppe: Arbeitsgruppe, konto: User, vor: datetime) -> Plan:
    """Plan to make a group what it was right before this moment."""
    damals, jetzt = Damals(gruppe, vor), stand_von(gruppe)
    ziel, hinweise = _im_haus(jetzt, damals.stand(), damals.vorhandene())
    texte = _texte(gruppe, {feld: (getattr(gruppe, feld), text) for feld, text in damals.texte().items()})
    return _mit_texten(Plan(jetzt, ziel, texte, hinweise=hinweise), gruppe, konto)


def fuer_vorgang(
    gruppe: Arbeitsgruppe, konto: User, nummer: UUID, entscheidungen: Mapping[str, str] | None = None
) -> Plan:
    """Plan to take back what one Vorgang did to a group. Raise Unmoeglich where that is nothing.

    `entscheidungen` decides conflicts by their names: „meine“ is the state before the Vorgang.
    """
    zeilen: dict[Any, list[Any]] = {
        modell: list(modell.history.filter(vorgang=nummer).order_by("history_id"))
        for modell in (Arbeitsgruppe, Abschnitt, Aeusserung)
    }
    daten = [zeile.history_date for liste in zeilen.values() for zeile in liste]
    if not daten:
        raise Unmoeglich(
            "Diesen Vorgang gibt es nicht, oder er hat an Fragen und Äußerungen nichts geändert."
        )
    damals = Damals(gruppe, min(daten))
    davor, texte_davor, vorhandene = damals.stand(), damals.texte(), damals.vorhandene()
    damals.nachtragen(zeilen)
    danach, texte_danach = damals.stand(), damals.texte()
    geaendert = {
        f: (neu, texte_davor[f]) for f, neu in texte_danach.items() if texte_davor.get(f, neu) != neu
    }
    if davor == danach and not geaendert:
        raise Unmoeglich("Dieser Vorgang hat an Fragen und Äußerungen dieser Gruppe nichts geändert.")
    jetzt = stand_von(gruppe)
    konflikte = zusammengefuehrt(danach, davor, jetzt).konflikte
    gewaehlt = {konflikt.name: Wahl.ANDERE for konflikt in konflikte}
    gewaehlt |= {name: Wahl.MEINE for name in gewaehlt if (entscheidungen or {}).get(name) == Wahl.MEINE}
    ziel, hinweise = _im_haus(jetzt, zusammengefuehrt(danach, davor, jetzt, gewaehlt).stand, vorhandene)
    return _mit_texten(Plan(jetzt, ziel, _texte(gruppe, geaendert), konflikte, hinweise), gruppe, konto)


def fuer_aeusserung(gruppe: Arbeitsgruppe, zeile: Any, was: Collection[str]) -> Plan:
    """Plan to give a statement of this group the „text“ or the „stelle“ of an earlier line, or both.

    Raise Unmoeglich where it is not in the group now, or that place is gone.
    """
    jetzt, kennung = stand_von(gruppe), zeile.kennung
    if kennung not in jetzt.zeilen:
        raise Unmoeglich("Die Äußerung steht nicht (mehr) in dieser Gruppe.")
    neu, folgen = jetzt.zeilen[kennung], jetzt.folgen()
    if "text" in was:
        neu = replace(neu, text=zeile.text)
    if "stelle" in was:
        damals = Damals(gruppe, zeile.history_date, einschliesslich=True).stand()
        ort = _fruehere_stelle(jetzt, damals, kennung)
        nachbarn = damals.folgen()[ort]
        folgen[neu.ort].remove(kennung)
        hier = folgen.setdefault(ort, [])
        davor = [k for k in nachbarn[: nachbarn.index(kennung)] if k in hier]
        hier.insert(hier.index(davor[-1]) + 1 if davor else 0, kennung)
        neu = replace(neu, ort=ort, neue_seite=zeile.neue_seite and not ort.eltern)
    return Plan(jetzt, geordnet(jetzt.koepfe, {**jetzt.zeilen, kennung: neu}, folgen))


def zuruecknehmen(gruppe: Arbeitsgruppe, konto: User, planen: Callable[[], Plan], merkmal: str) -> None:
    """Do what was planned, all or nothing, with the group locked.

    Raise Ueberholt where it is not what the person agreed to any more, NichtErlaubt where the account may
    not write the group, Hindernis where something breaks a rule of the data by now.
    """
    with transaction.atomic(), vorgang("Zurückgenommen"):
        sperren(gruppe)
        gruppe.refresh_from_db()
        if not darf_erfassen(konto, gruppe):
            raise NichtErlaubt
        plan = planen()
        if plan.merkmal != merkmal:
            raise Ueberholt
        _fehlendes_einsetzen(plan)
        umschreiben(gruppe, plan.ziel)
        if plan.texte:
            for feld, (_, neu) in plan.texte.items():
                setattr(gruppe, feld, neu)
            gruppe.save(update_fields=list(plan.texte))


def _texte(gruppe: Arbeitsgruppe, paare: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Leave out what is as it was, and what somebody has changed again."""
    return {
        feld: (nachher, vorher)
        for feld, (nachher, vorher) in paare.items()
        if nachher != vorher and getattr(gruppe, feld) == nachher
    }


def _mit_texten(plan: Plan, gruppe: Arbeitsgruppe, konto: User) -> Plan:
    """Leave the texts of the group itself to those who may change them."""
    if not plan.texte or darf_wiederherstellen(konto, gruppe.konferenz):
        return plan
    return replace(plan, texte={}, hinweise=(*plan.hinweise, FREMDE_TEXTE))


def _fruehere_stelle(jetzt: Stand, damals: Stand, kennung: str) -> Ort:
    if kennung not in damals.zeilen:
        raise Unmoeglich("Damals stand die Äußerung in einer anderen Gruppe, dorthin kommt sie so nicht.")
    ort = damals.zeilen[kennung].ort
    if not ort.eltern and ort.abschnitt not in jetzt.koepfe:
        raise Unmoeglich(
            f"Den Abschnitt „{damals.koepfe[ort.abschnitt].ueberschrift}“ gibt es hier nicht mehr. "
            "Stellen Sie ihn zuerst aus dem Papierkorb wieder her, oder nehmen Sie nur den Text zurück."
        )
    if ort.eltern:
        oben = jetzt.zeilen.get(ort.eltern)
        if oben is None or oben.ort.eltern or Ort(eltern=kennung) in jetzt.folgen():
            raise Unmoeglich(
                "Die Äußerung, unter der sie damals stand, ist gelöscht oder selbst ein Unterpunkt, oder sie "
                "hat inzwischen eigene Unterpunkte. Nehmen Sie nur den Text zurück."
            )
    return ort


def _im_haus(jetzt: Stand, ziel: Stand, damals: Stand) -> tuple[Stand, tuple[str, ...]]:
    """Leave where it is what left the group or came from another one since; return what can be, and that."""
    fort = _anderswo(Aeusserung, "kennung", (k for k in ziel.zeilen if k not in jetzt.zeilen))
    koepfe_fort = _anderswo(Abschnitt, "pk", (k for k in ziel.koepfe if k not in jetzt.koepfe))
    koepfe = {k: kopf for k, kopf in ziel.koepfe.items() if k not in koepfe_fort}
    zeilen = {
        k: zeile
        for k, zeile in ziel.zeilen.items()
        if not fort.intersection((k, zeile.ort.eltern)) and ziel.abschnitt_von(k) in koepfe
    }
    gekommene = [k for k in jetzt.zeilen if k not in zeilen and k in damals.zeilen]
    gekommene_koepfe = [k for k in jetzt.koepfe if k not in koepfe and k in damals.koepfe]
    for k in (*gekommene_koepfe, *(jetzt.abschnitt_von(k) for k in gekommene)):
        koepfe.setdefault(k, jetzt.koepfe[k])
    for k in gekommene:
        oben = zeilen.get(jetzt.zeilen[k].ort.eltern)
        ort = jetzt.zeilen[k].ort if oben and not oben.ort.eltern else Ort(jetzt.abschnitt_von(k))
        zeilen[k] = replace(jetzt.zeilen[k], ort=ort)
    hinweise = []
    if fort or koepfe_fort:
        hinweise.append("Was inzwischen in einer anderen Gruppe steht, bleibt dort.")
    if gekommene or gekommene_koepfe:
        hinweise.append("Was inzwischen aus einer anderen Gruppe hierher kam, bleibt hier.")
    return geordnet(koepfe, zeilen, Stand(zeilen=zeilen).folgen()), tuple(hinweise)


def _anderswo(modell: Any, feld: str, schluessel: Iterable[str]) -> set[str]:
    zeilen = modell._base_manager.filter(**{f"{feld}__in": list(schluessel)})
    return {str(wert) for wert in zeilen.values_list(feld, flat=True)}


def _fehlendes_einsetzen(plan: Plan) -> None:
    """Let what was deleted be there again, last where it belongs; its place it gets with all the others."""
    for schluessel in plan.ziel.koepfe.keys() - plan.jetzt.koepfe.keys():
        zeile = geloescht(Abschnitt).filter(id=int(schluessel)).first()
        if zeile is None:  # erased for good this moment
            raise Ueberholt
        kopf = zeile.instance
        kopf.position = _hinter(Abschnitt.objects.filter(arbeitsgruppe=kopf.arbeitsgruppe_id))
        einsetzen(kopf, zeile)
    for schluessel in plan.ziel.zeilen.keys() - plan.jetzt.zeilen.keys():
        zeile = geloescht(Aeusserung).filter(kennung=schluessel).first()
        if zeile is None:
            raise Ueberholt
        aeusserung = zeile.instance
        abschnitt = aeusserung.abschnitt_id = int(plan.ziel.abschnitt_von(schluessel))
        aeusserung.uebergeordnet_id = None
        aeusserung.position = _hinter(Aeusserung.objects.eintraege().filter(abschnitt=abschnitt))
        einsetzen(aeusserung, zeile)


def _hinter(zeilen: Any) -> int:
    return (zeilen.aggregate(letzte=Max("position"))["letzte"] or 0) + 1
