"""Letting deleted rows come back: with their key and Kennung, at their old place, with what went along.

Everything is made from the „-“ lines of the histories (see papierkorb.py).
"""

from collections import Counter
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CASCADE, SET_NULL, Exists, F, ForeignKey, Max, OuterRef

from arbeitsgruppen.models import (
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Moderation,
    Thema,
    Themenentscheidung,
)
from arbeitsgruppen.papierkorb import MODELLE, Eintrag, eintrag_von, elternfelder, geloescht
from konferenz.models import Folie, Konferenz, Programmpunkt, Textseite, Vortrag
from konferenz.reihenfolge import nachruecken, sperren
from konferenz.verlauf import letzte_zeilen, verzeichnen, vorgang

# Beyond all positions: there rows wait that make room, since both databases check positions row by row.
PARKPLATZ = 1_000_000

# Within what the position of a row is unique.
BEREICHE: dict[Any, tuple[str, ...]] = {
    Programmpunkt: ("konferenz_id",),
    Vortrag: ("konferenz_id",),
    Folie: ("vortrag_id",),
    Moderation: ("arbeitsgruppe_id",),
    Abschnitt: ("arbeitsgruppe_id",),
    Aeusserung: ("abschnitt_id", "uebergeordnet_id"),
}
# What another row may have been given meanwhile, and within what it is unique.
VERGEBENES: dict[Any, tuple[str, tuple[str, ...]]] = {
    Konferenz: ("slug", ()),
    Vortrag: ("slug", ("konferenz_id",)),
    Arbeitsgruppe: ("nummer", ("konferenz_id",)),
    Textseite: ("seite", ("konferenz_id",)),
    Thema: ("slug", ()),
}


class Hindernis(Exception):
    """Why something can't come back, in German; `zuerst` is what has to come back before, if that can."""

    def __init__(self, grund: str, zuerst: Eintrag | None = None) -> None:
        super().__init__(grund)
        self.zuerst = zuerst


def gruppe_von(eintrag: Eintrag) -> Arbeitsgruppe | None:
    """Return the group to which a deleted row comes back; None where there is none (any more)."""
    if eintrag.modell is not Aeusserung:
        gruppe: int | None = getattr(eintrag.zeile, "arbeitsgruppe_id", None)
        return Arbeitsgruppe.objects.filter(pk=gruppe).first() if gruppe else None
    abschnitt = _bei_seiner_aeusserung(eintrag.zeile.instance).abschnitt_id
    return Arbeitsgruppe.objects.filter(abschnitte=abschnitt).first()


def konferenz_von(eintrag: Eintrag) -> Konferenz | None:
    """Return the conference to which a deleted row comes back; None where there is none (any more)."""
    if gruppe := gruppe_von(eintrag):
        return gruppe.konferenz
    if eintrag.modell is Folie:
        return Konferenz.objects.filter(vortraege=eintrag.zeile.vortrag_id).first()
    schluessel: int | None = getattr(eintrag.zeile, "konferenz_id", None)
    return Konferenz.objects.filter(pk=schluessel).first() if schluessel else None


def wiederherstellen(eintrag: Eintrag) -> Any:
    """Let a row come back with all that was deleted along with it, as one Vorgang; return the row.

    It gets its old place, behind the one before it, or before the one after it where that is gone, else the
    last. Raise Hindernis where that can't be; nothing is changed then.
    """
    with transaction.atomic(), vorgang("Wiederhergestellt"):
        if gruppe := gruppe_von(eintrag):
            sperren(gruppe)
        if not geloescht(eintrag.modell).filter(pk=eintrag.zeile.pk).exists():
            raise Hindernis("Das ist schon wieder da.")
        return _zurueckholen(eintrag)


def _zurueckholen(eintrag: Eintrag, stelle: int | None = None) -> Any:
    objekt = eintrag.zeile.instance
    if isinstance(objekt, Aeusserung):
        _bei_seiner_aeusserung(objekt)
    _eltern_pruefen(eintrag, objekt)
    for feld in elternfelder(eintrag.modell, SET_NULL):
        if not _gibt_es(feld, getattr(objekt, feld.attname)):
            setattr(objekt, feld.attname, None)
    _ausweichen(objekt)
    nachbarn = []
    if stelle:
        objekt.position = stelle
    elif eintrag.modell in BEREICHE:
        nachbarn = platz_machen(objekt, eintrag.zeile)
    einsetzen(objekt, eintrag.zeile)
    nachruecken(nachbarn)
    stellen = Counter[Any]()
    for kind in sorted(eintrag.mit, key=lambda e: (MODELLE.index(e.modell), getattr(e.zeile, "position", 0))):
        stellen[kind.modell] += 1
        _zurueckholen(kind, stellen[kind.modell] if kind.modell in BEREICHE else None)
    return objekt


def _bei_seiner_aeusserung(zeile: Aeusserung) -> Aeusserung:
    """Let a sub-point stand where its statement stands by now, beside it if that is one itself."""
    eltern = Aeusserung.objects.filter(pk=zeile.uebergeordnet_id).first() if zeile.uebergeordnet_id else None
    if eltern:
        zeile.abschnitt_id = eltern.abschnitt_id
        zeile.uebergeordnet_id = eltern.uebergeordnet_id or eltern.pk
    return zeile


def _eltern_pruefen(eintrag: Eintrag, objekt: Any) -> None:
    for feld in eintrag.modell._meta.concrete_fields:
        if not isinstance(feld, ForeignKey) or feld.remote_field.on_delete is SET_NULL:
            continue
        wert = getattr(objekt, feld.attname)
        if _gibt_es(feld, wert):
            continue
        eltern = feld.remote_field.model
        zuerst = eintrag_von(eltern, wert) if eltern in MODELLE else None
        worin = f"{feld.verbose_name} „{zuerst.name}“" if zuerst else str(feld.verbose_name)
        raise Hindernis(
            f"{eintrag.art} „{_kurz(eintrag.name)}“ gehört zu etwas, das auch gelöscht ist: {worin}. "
            + (
                "Stellen Sie zuerst das wieder her."
                if zuerst
                else "Das lässt sich nicht mehr wiederherstellen."
            ),
            zuerst,
        )


def _kurz(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _gibt_es(feld: Any, wert: Any) -> bool:
    return wert is None or feld.remote_field.model._base_manager.filter(pk=wert).exists()


def _ausweichen(objekt: Any) -> None:
    """Give the row another number or address where its own belongs to another row by now."""
    feld, bereich = VERGEBENES.get(type(objekt), ("", ()))
    if not feld:
        return
    andere = type(objekt)._base_manager.filter(**{name: getattr(objekt, name) for name in bereich})
    anfang, nummer, laenge = getattr(objekt, feld), 1, objekt._meta.get_field(feld).max_length
    while andere.filter(**{feld: getattr(objekt, feld)}).exists():
        if isinstance(anfang, str):
            nummer += 1
            setattr(objekt, feld, f"{anfang[: laenge - 5]}-{nummer}")
        else:
            setattr(objekt, feld, andere.aggregate(letzte=Max(feld))["letzte"] + 1)


def platz_machen(objekt: Any, zeile: Any) -> list[Any]:
    """Give the row its old place among those that stand there now; return those that have to move on.

    `zeile` is the line by which it was deleted. The others wait beyond all positions until they are stored.
    """
    modell = type(objekt)
    bereich = {name: getattr(objekt, name) for name in BEREICHE[modell]}
    geschwister = list(modell._base_manager.filter(**bereich).order_by("position"))
    # How they stood before the Vorgang by which it went.
    damals = modell.history.filter(history_id__lt=zeile.history_id).exclude(vorgang=zeile.vorgang)
    stellen = {
        z.id: z.position
        for z in letzte_zeilen(damals.filter(id__in=[zeile.id, *(g.pk for g in geschwister)]))
        if all(getattr(z, name) == wert for name, wert in bereich.items())
    }
    eigene = stellen.get(zeile.id, zeile.position)
    davor = [n for n, g in enumerate(geschwister, 1) if stellen.get(g.pk, eigene) < eigene]
    danach = [n for n, g in enumerate(geschwister) if stellen.get(g.pk, eigene) > eigene]
    stelle = davor[-1] if davor else danach[0] if danach else len(geschwister)
    folge = [*geschwister[:stelle], objekt, *geschwister[stelle:]]
    umziehende = [g for n, g in enumerate(folge, 1) if g is not objekt and g.position != n]
    modell._base_manager.filter(pk__in=[g.pk for g in umziehende]).update(position=F("position") + PARKPLATZ)
    for nummer, g in enumerate(folge, 1):
        g.position = nummer
    return umziehende


def einsetzen(objekt: Any, zeile: Any) -> None:
    """Store a row that was deleted with its old key, and all that led to it or from it and is still there.

    Raise Hindernis where it breaks a rule of the data by now.
    """
    modell = type(objekt)
    try:
        objekt.validate_constraints()
    except ValidationError as fehler:
        raise Hindernis(" ".join(fehler.messages)) from fehler
    objekt.save(force_insert=True)
    _zeitstempel(objekt, zeile)
    for feld in modell.history.model._history_m2m_fields:
        _mehrfaches(objekt, feld)
    if modell in (Aeusserung, Thema):
        _entscheidungen(objekt)
    for anderes in MODELLE:
        for feld in elternfelder(anderes, SET_NULL):
            if feld.remote_field.model is modell:
                lose = anderes._base_manager.filter(**{feld.attname: None})
                letzte = letzte_zeilen(anderes.history.filter(id__in=lose.values("pk")))
                lose.filter(pk__in=letzte.filter(**{feld.attname: objekt.pk}).values("id")).update(
                    **{feld.attname: objekt.pk}
                )


def _zeitstempel(objekt: Any, zeile: Any) -> None:
    """Give back the times that Django sets when a row is made."""
    felder = [f.attname for f in objekt._meta.concrete_fields if getattr(f, "auto_now_add", False)]
    if felder:
        zeilen = type(objekt)._base_manager.filter(pk=objekt.pk)
        zeilen.update(**{feld: getattr(zeile, feld) for feld in felder})
        verzeichnen(zeilen)


def _mehrfaches(objekt: Any, feld: Any) -> None:
    """Give back whom the row named, as its last line before the deletion says and as far as they exist."""
    letzte = type(objekt).history.filter(id=objekt.pk).exclude(history_type="-").order_by("-history_id")
    # The first is that of the return, the one before it tells.
    for zeile in letzte[1:2]:
        genannt = getattr(zeile, feld.name).values(feld.m2m_reverse_field_name())
        getattr(objekt, feld.name).set(feld.related_model._base_manager.filter(pk__in=genannt))


def _entscheidungen(objekt: Any) -> None:
    """Give back what was decided about a statement or a topic, as far as it went along with one of both.

    What a person took back by itself stays away; what lacks its other end comes back with that.
    """
    enden = {feld.attname: feld.remote_field.model for feld in elternfelder(Themenentscheidung, CASCADE)}
    mitgegangen, vorhanden = [], []
    for attname, modell in enden.items():
        zeilen = modell.history.filter(history_type="-", id=OuterRef(attname), vorgang=OuterRef("vorgang"))
        mitgegangen.append(Exists(zeilen.order_by()))
        vorhanden.append(Exists(modell._base_manager.filter(pk=OuterRef(attname))))
    neue = Themenentscheidung.objects.filter(**{attname: OuterRef(attname) for attname in enden})
    eigenes = next(attname for attname, modell in enden.items() if isinstance(objekt, modell))
    for zeile in geloescht(Themenentscheidung).filter(
        reduce(or_, mitgegangen), ~Exists(neue), *vorhanden, **{eigenes: objekt.pk}
    ):
        zeile.instance.save(force_insert=True)
