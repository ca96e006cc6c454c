"""What changed in a group, when, by whom and by which way, from the histories of all that belongs to it.

A Vorgang is what one request or command changed. Of each row in it the first and the last state count; a row
that only got another number because others came or went has not changed to a reader and is left out.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Case, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncMinute

from arbeitsgruppen.aenderungen import Aenderung, Wandel, Worte, wandel_von
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation
from arbeitsgruppen.papierkorb import schluesselfeld

BESTAND = "Bestand"  # the way of lines that say how it was when the history began to be complete


class Schluessel(NamedTuple):
    """What tells a Vorgang from others: its number; without one the account, its way and the minute."""

    nummer: UUID | None
    konto: int | None
    weg: str | None
    minute: datetime | None

    @property
    def zeilen(self) -> Q:
        """The condition for the lines of the Vorgang."""
        if self.nummer:
            return Q(vorgang=self.nummer)
        assert self.minute  # noqa: S101  # it has one where it has no number
        spanne = (self.minute, self.minute + timedelta(minutes=1))
        return Q(
            vorgang=None,
            history_user=self.konto,
            history_change_reason=self.weg,
            history_date__gte=spanne[0],
            history_date__lt=spanne[1],
        )


@dataclass(slots=True)
class Vorgang:
    """Changes made together."""

    schluessel: Schluessel
    anfang: datetime
    ende: datetime
    konto: User | None = None
    aenderungen: list[Aenderung] = field(default_factory=list)

    @property
    def weg(self) -> str:
        """By which way the changes came."""
        return self.schluessel.weg or ""

    @property
    def ruecknehmbar(self) -> bool:
        """Whether there is anything in it that can be taken back as this Vorgang."""
        return self.schluessel.nummer is not None and any(a.ruecknehmbar for a in self.aenderungen)

    @property
    def nur_bestand(self) -> bool:
        """Whether it only says how it was when the history began to be complete."""
        return self.weg == BESTAND


class Gruppenverlauf:
    """The history of one group, read in few queries however long it is."""

    def __init__(self, gruppe: Arbeitsgruppe) -> None:
        self.gruppe = gruppe
        abschnitte = Abschnitt.history.filter(arbeitsgruppe_id=gruppe.pk).order_by()
        self.abschnitte = set(abschnitte.values_list("id", flat=True).distinct())

    @staticmethod
    def kopf(abschnitt: int) -> Any:
        """Return the last line of an Abschnitt; None where there is none (any more)."""
        return Abschnitt.history.filter(id=abschnitt).order_by("-history_id").first()

    def konten(self) -> dict[int, User]:
        """Return the accounts that changed anything, by key."""
        je_modell = [self.zeilen(modell).order_by().values_list("history_user_id") for modell in MODELLE]
        return User.objects.in_bulk({pk for (pk,) in je_modell[0].union(*je_modell[1:]) if pk})

    def letzte_freigabe(self) -> datetime | None:
        """Return when the group was released last, be it released still or not."""
        zeilen = Arbeitsgruppe.history.filter(id=self.gruppe.pk).order_by("history_id")
        freigabe, davor = None, None
        for status, wann in zeilen.values_list("status", "history_date"):
            if status == Arbeitsgruppe.Status.FREIGEGEBEN != davor:
                freigabe = wann
            davor = status
        return freigabe

    def zeilen(self, modell: Any) -> QuerySet[Any]:
        """Return the lines of one model that belong to the group, those by which a row left it included."""
        if modell is Arbeitsgruppe:
            return modell.history.filter(id=self.gruppe.pk)
        wo, hier = (
            ("abschnitt_id", self.abschnitte)
            if modell is Aeusserung
            else ("arbeitsgruppe_id", [self.gruppe.pk])
        )
        kennt = schluesselfeld(modell)
        je_hier = modell.history.filter(**{f"{wo}__in": hier}).order_by().values(kennt)
        return (
            modell.history.filter(**{f"{kennt}__in": je_hier})
            .alias(davor_in=_davor(modell, wo))
            .filter(Q(**{f"{wo}__in": hier}) | Q(davor_in__in=hier))
        )

    def vorgaenge(self, seit: datetime | None = None, konto: int | None = None) -> list[Vorgang]:
        """Return all Vorgänge without what changed in them, newest first, in one query."""
        anfragen = []
        for modell in MODELLE:
            zeilen = self.zeilen(modell).order_by()
            if seit:
                zeilen = zeilen.filter(history_date__gte=seit)
            if konto:
                zeilen = zeilen.filter(history_user=konto)
            # In a union Django loses the time zone of the minute: it is UTC here, and gets it back below.
            minute = Case(When(vorgang=None, then=TruncMinute("history_date", tzinfo=UTC)))
            je_vorgang = zeilen.values_list("vorgang", "history_user_id", "history_change_reason", minute)
            anfragen.append(je_vorgang.annotate(anfang=Min("history_date"), ende=Max("history_date")))
        gefunden: dict[Schluessel, Vorgang] = {}
        for nummer, wer, weg, minute, anfang, ende in anfragen[0].union(*anfragen[1:], all=True):
            schluessel = Schluessel(nummer, wer, weg, minute and minute.replace(tzinfo=UTC))
            vorgang = gefunden.setdefault(schluessel, Vorgang(schluessel, anfang, ende))
            vorgang.anfang, vorgang.ende = min(vorgang.anfang, anfang), max(vorgang.ende, ende)
        return sorted(gefunden.values(), key=lambda vorgang: vorgang.ende, reverse=True)

    def ausfuellen(self, vorgaenge: Collection[Vorgang]) -> None:
        """Add to these Vorgänge what changed in them and who it was; as many queries for one as for many."""
        konten = User.objects.in_bulk({v.schluessel.konto for v in vorgaenge} - {None})
        wandel = {modell: self._wandel(modell, vorgaenge) for modell in MODELLE}
        worte = Worte(self.gruppe, [w for je in wandel.values() for liste in je.values() for w in liste])
        for vorgang in vorgaenge:
            vorgang.konto = konten.get(vorgang.schluessel.konto)
            for modell in MODELLE:
                vorgang.aenderungen += worte.aenderungen(modell, wandel[modell][vorgang.schluessel])

    def _wandel(self, modell: Any, vorgaenge: Collection[Vorgang]) -> dict[Schluessel, list[Wandel]]:
        bedingung = Q(pk__in=[])
        for vorgang in vorgaenge:
            bedingung |= vorgang.schluessel.zeilen
        kennt = schluesselfeld(modell)
        zeilen = list(
            _mit_person(self.zeilen(modell).filter(bedingung), modell)
            .annotate(davor_id=_davor(modell, "history_id"))
            .order_by("history_id")
        )
        vorige = _mit_person(modell.history, modell).in_bulk({z.davor_id for z in zeilen} - {None})
        je_zeile: dict[Schluessel, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for zeile in zeilen:
            je_zeile[_schluessel_von(zeile)][getattr(zeile, kennt)].append(zeile)
        return defaultdict(
            list,
            {
                schluessel: [wandel_von(folge, vorige.get(folge[0].davor_id)) for folge in folgen.values()]
                for schluessel, folgen in je_zeile.items()
            },
        )


MODELLE: tuple[Any, ...] = (Arbeitsgruppe, Moderation, Abschnitt, Aeusserung)


def _davor(modell: Any, feld: str) -> Subquery:
    """Return what the line before said of the same row."""
    kennt = schluesselfeld(modell)
    davor = modell.history.filter(**{kennt: OuterRef(kennt)}, history_id__lt=OuterRef("history_id"))
    return Subquery(davor.order_by("-history_id").values(feld)[:1])


def _mit_person(zeilen: Any, modell: Any) -> Any:
    return zeilen.select_related("person") if modell is Moderation else zeilen


def _schluessel_von(zeile: Any) -> Schluessel:
    minute = None if zeile.vorgang else zeile.history_date.replace(second=0, microsecond=0)
    return Schluessel(zeile.vorgang, zeile.history_user_id, zeile.history_change_reason, minute)


def zeilenverlauf(kennung: str) -> list[tuple[Any, Aenderung | None]]:
    """Return the lines of a statement, newest first, each with what it changed (None: its number only)."""
    zeilen = list(
        Aeusserung.history.filter(kennung=kennung).select_related("history_user").order_by("history_id")
    )
    wandel = [wandel_von([zeile], davor) for zeile, davor in zip(zeilen, [None, *zeilen], strict=False)]
    worte = Worte(None, wandel)
    aenderungen = [next(iter(worte.aenderungen(Aeusserung, [w])), None) for w in wandel]
    return list(zip(zeilen, aenderungen, strict=True))[::-1]
