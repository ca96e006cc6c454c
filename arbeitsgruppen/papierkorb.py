"""The bin: what was deleted in the last 90 days, as the histories know it.

No row carries a mark that it is deleted: what is gone is gone from every page, and known by the „-“ line of
its history. How it comes back says wiederherstellen.py, when it is gone for good aufbewahrung.py.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CASCADE, Exists, ForeignKey, OuterRef, Q, QuerySet
from django.utils import timezone

from arbeitsgruppen.models import (
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Kommentar,
    Moderation,
    Quelldatei,
    Thema,
    Themenentscheidung,
)
from konferenz.models import Folie, Konferenz, Notiz, Person, Programmpunkt, Textseite, Vortrag

AUFBEWAHRUNG = timedelta(days=90)
# What one account deleted within so short a time belongs together where no Vorgang says so.
ZUGLEICH = timedelta(minutes=1)
# From the outside in: what belongs to something comes back after it.
MODELLE: tuple[Any, ...] = (
    Person,
    Konferenz,
    Programmpunkt,
    Vortrag,
    Folie,
    Textseite,
    Notiz,
    Arbeitsgruppe,
    Moderation,
    Abschnitt,
    Aeusserung,
    Kommentar,
    Quelldatei,
    Thema,
)
# What is no entry of its own: it goes, and comes back, with what it is about.
MITGEHENDES: tuple[Any, ...] = (Themenentscheidung,)


@dataclass(slots=True)
class Eintrag:
    """A row in the bin, by its „-“ line, with what was deleted along with it.

    `davor` is what it belongs to, where that was deleted before it and has to come back first.
    """

    zeile: Any
    mit: list["Eintrag"] = field(default_factory=list)
    davor: "Eintrag | None" = None

    @property
    def modell(self) -> Any:
        """The model of the row."""
        return self.zeile.instance_type

    @property
    def modellname(self) -> str:
        """The name of the model in addresses."""
        return str(self.modell._meta.model_name)

    @property
    def art(self) -> str:
        """What it is, in a word."""
        if self.modell is Aeusserung and self.zeile.uebergeordnet_id:
            return "Unterpunkt"
        return str(self.modell._meta.verbose_name)

    @property
    def name(self) -> str:
        """What people know it by; of a statement its whole text."""
        if self.modell is Moderation:
            return ", ".join(str(teil) for teil in (self.zeile.person, self.zeile.angabe) if teil)
        return self.zeile.text if self.modell is Aeusserung else str(self.zeile.instance)

    @property
    def alle(self) -> Iterator["Eintrag"]:
        """Yield it and all that was deleted along with it, from the outside in."""
        yield self
        for eintrag in self.mit:
            yield from eintrag.alle

    @property
    def umfang(self) -> str:
        """How much was deleted along with it, for example „3 Abschnitte, 41 Äußerungen“."""
        anzahlen = Counter(eintrag.modell._meta for eintrag in list(self.alle)[1:])
        return ", ".join(
            f"{anzahl} {meta.verbose_name if anzahl == 1 else meta.verbose_name_plural}"
            for meta, anzahl in anzahlen.items()
        )


def schluesselfeld(modell: Any) -> str:
    """Return by what a row is known all its life: a statement keeps its Kennung, others their key."""
    return "kennung" if modell is Aeusserung else "id"


def geloescht(modell: Any, seit: datetime | None = None) -> QuerySet[Any]:
    """Return the „-“ lines of rows that are gone and did not come back, those since then if given."""
    feld = schluesselfeld(modell)
    spaetere = modell.history.filter(
        **{feld: OuterRef(feld)}, history_type="-", history_id__gt=OuterRef("history_id")
    )
    vorhandene = modell._base_manager.filter(**{feld: OuterRef(feld)})
    zeilen = modell.history.filter(
        ~Exists(vorhandene), ~Exists(spaetere.order_by()), history_type="-"
    ).select_related("history_user", *(["person"] if modell is Moderation else []))
    return zeilen.filter(history_date__gte=seit) if seit else zeilen


def papierkorb(gruppe: Arbeitsgruppe | None = None) -> list[Eintrag]:
    """Return what was deleted in a group, or anywhere, newest first; always in as many queries."""
    seit = timezone.now() - AUFBEWAHRUNG
    eintraege = [
        Eintrag(zeile)
        for modell in MODELLE
        if (zeilen := _der_gruppe(geloescht(modell, seit), modell, gruppe)) is not None
        for zeile in zeilen
    ]
    return sorted(_wurzeln(eintraege), key=lambda e: e.zeile.history_date, reverse=True)


def _der_gruppe(zeilen: QuerySet[Any], modell: Any, gruppe: Arbeitsgruppe | None) -> QuerySet[Any] | None:
    if gruppe is None:
        return zeilen
    if modell is Aeusserung:
        abschnitte = Abschnitt.history.filter(arbeitsgruppe_id=gruppe.pk).order_by().values("id")
        return zeilen.filter(abschnitt_id__in=abschnitte)
    if hasattr(modell, "arbeitsgruppe_id"):
        return zeilen.filter(arbeitsgruppe_id=gruppe.pk)
    return None


def eintrag_von(modell: Any, pk: int) -> Eintrag | None:
    """Return the entry of the row with this key, with what was deleted along; None where it is not there."""
    zeile = geloescht(modell).filter(id=pk).first()
    if zeile is None:
        return None
    if zeile.vorgang:
        zugleich = Q(vorgang=zeile.vorgang)
    else:
        spanne = (zeile.history_date - ZUGLEICH, zeile.history_date + ZUGLEICH)
        zugleich = Q(vorgang=None, history_user=zeile.history_user_id, history_date__range=spanne)
    eintraege = [Eintrag(z) for anderes in MODELLE for z in geloescht(anderes).filter(zugleich)]
    _wurzeln(eintraege)
    return next(e for e in eintraege if (e.modell, e.zeile.id) == (modell, pk))


def _wurzeln(eintraege: Sequence[Eintrag]) -> list[Eintrag]:
    """Hang entries under that with which they were deleted; return those that hang nowhere."""
    nach_schluessel = {(e.modell, e.zeile.id): e for e in eintraege}
    wurzeln = []
    for eintrag in eintraege:
        eltern = (
            nach_schluessel.get((feld.remote_field.model, getattr(eintrag.zeile, feld.attname)))
            for feld in reversed(elternfelder(eintrag.modell, CASCADE))
        )
        ueber = next(filter(None, eltern), None)
        if ueber and _zugleich(ueber.zeile, eintrag.zeile):
            ueber.mit.append(eintrag)
        else:
            eintrag.davor = ueber
            wurzeln.append(eintrag)
    return wurzeln


def elternfelder(modell: Any, art: Any) -> list[Any]:
    """Return the foreign keys with this rule for the deletion of what they lead to, the innermost last."""
    return [
        feld
        for feld in modell._meta.concrete_fields
        if isinstance(feld, ForeignKey) and feld.remote_field.on_delete is art
    ]


def _zugleich(eine: Any, andere: Any) -> bool:
    if eine.vorgang or andere.vorgang:
        return eine.vorgang == andere.vorgang
    nah = abs(eine.history_date - andere.history_date) < ZUGLEICH
    return nah and eine.history_user_id == andere.history_user_id
