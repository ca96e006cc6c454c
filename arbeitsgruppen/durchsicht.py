"""Looking through topics: which statements the words propose, and what people decide about them.

A decision stands above the words (themen.py). Whoever decides on a page decides about what the page showed:
where somebody else has decided otherwise meanwhile, that stays, and the page says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from arbeitsgruppen.models import Aeusserung, AeusserungQuerySet, Thema, Themenentscheidung
from arbeitsgruppen.suchausdruck import Suchausdruck
from arbeitsgruppen.themen import alle_abkuerzungen, vorgeschlagen, zugehoerig
from konferenz.models import Konferenz
from konferenz.reihenfolge import sperren
from konferenz.verlauf import vorgang

WEG = "Themen"


class Urteil(models.TextChoices):
    """What a person decided about a statement and a topic."""

    DAZU = "dazu", "gehört dazu"
    NICHT = "nicht", "gehört nicht dazu"
    OFFEN = "offen", "noch offen"

    @classmethod
    def von(cls, gehoert_dazu: bool | None) -> "Urteil":
        """Return what a stored decision says, or that there is none (None)."""
        return cls.OFFEN if gehoert_dazu is None else cls.DAZU if gehoert_dazu else cls.NICHT


class Liste(models.TextChoices):
    """The lists in which the statements of a topic stand."""

    OFFEN = "offen", "vorgeschlagen, noch offen"
    BESTAETIGT = "bestaetigt", "bestätigt oder von Hand hinzugefügt"
    ABGELEHNT = "abgelehnt", "abgelehnt"
    UEBRIGE = "uebrige", "übrige Äußerungen"


def durchzusehende(konferenz: Konferenz | None = None) -> AeusserungQuerySet:
    """Return the participants' statements in their order, of one conference or of all."""
    aeusserungen = Aeusserung.objects.von_teilnehmenden()
    if konferenz:
        aeusserungen = aeusserungen.filter(abschnitt__arbeitsgruppe__konferenz=konferenz)
    return aeusserungen.select_related("abschnitt__arbeitsgruppe__konferenz").order_by(
        "-abschnitt__arbeitsgruppe__konferenz__datum",
        "abschnitt__arbeitsgruppe__konferenz",
        "abschnitt__arbeitsgruppe__nummer",
        "abschnitt__position",
        "position",
    )


def der_liste(
    thema: Thema, liste: str, aeusserungen: AeusserungQuerySet, gesucht: str = ""
) -> AeusserungQuerySet:
    """Return those of the statements that stand in this list of a topic and have what is searched for.

    Each has what was decided about it as `gehoert_dazu` (None: nothing).
    """
    tafel = alle_abkuerzungen()
    if ausdruck := Suchausdruck.lesen(gesucht, tafel):
        aeusserungen = aeusserungen.filter(ausdruck.q("gefaltet"))
    entscheidung = Themenentscheidung.objects.filter(thema=thema, aeusserung=OuterRef("pk"))
    return aeusserungen.filter(_bedingungen(thema, tafel)[liste]).annotate(
        gehoert_dazu=Subquery(entscheidung.values("gehoert_dazu"))
    )


def _bedingungen(thema: Thema, tafel: Any) -> dict[str, Q]:
    entschieden = Themenentscheidung.objects.filter(thema=thema, aeusserung=OuterRef("pk"))
    woerter, ohne = vorgeschlagen(thema, tafel), ~Q(Exists(entschieden))
    return {
        Liste.OFFEN: woerter & ohne,
        Liste.BESTAETIGT: Q(Exists(entschieden.filter(gehoert_dazu=True))),
        Liste.ABGELEHNT: Q(Exists(entschieden.filter(gehoert_dazu=False))),
        Liste.UEBRIGE: ~woerter & ohne,
    }


def ohne_thema(themen: Iterable[Thema], aeusserungen: AeusserungQuerySet) -> AeusserungQuerySet:
    """Return those of the statements that belong to no topic."""
    tafel = alle_abkuerzungen()
    return aeusserungen.exclude(reduce(or_, (zugehoerig(t, tafel) for t in themen), Q(pk__in=())))


@dataclass(slots=True)
class Ergebnis:
    """What was stored, and where somebody else was quicker: statements whose decision stays as it is."""

    geaendert: int = 0
    abweichend: list[Aeusserung] = field(default_factory=list)


def entscheiden(wuensche: Mapping[Thema, Mapping[int, tuple[str, str]]]) -> Ergebnis:
    """Store what a page decided: by topic and statement (its key) the Urteil it showed and the one it wants.

    All or nothing, as one Vorgang. What already is as wanted is left alone; what is not as it was shown is
    kept and comes back as `abweichend`. Raise Thema.DoesNotExist where a topic was deleted meanwhile.
    """
    ergebnis = Ergebnis()
    with transaction.atomic(), vorgang(WEG):
        for thema in sorted(wuensche, key=lambda thema: thema.pk):
            sperren(thema)
            gewollt = {pk: paar for pk, paar in wuensche[thema].items() if paar[0] != paar[1]}
            _entscheiden(thema, gewollt, ergebnis)
    return ergebnis


def _entscheiden(thema: Thema, gewollt: Mapping[int, tuple[str, str]], ergebnis: Ergebnis) -> None:
    entschiedene = {e.aeusserung_id: e for e in thema.entscheidungen.filter(aeusserung__in=gewollt)}
    for aeusserung in Aeusserung.objects.select_for_update().filter(pk__in=gewollt).order_by("pk"):
        gezeigt, wunsch = gewollt[aeusserung.pk]
        entscheidung = entschiedene.get(aeusserung.pk)
        jetzt = Urteil.von(entscheidung.gehoert_dazu if entscheidung else None)
        if jetzt == wunsch:
            continue
        if jetzt != gezeigt:
            ergebnis.abweichend.append(aeusserung)
            continue
        ergebnis.geaendert += 1
        if entscheidung and wunsch == Urteil.OFFEN:
            entscheidung.delete()
            continue
        entscheidung = entscheidung or Themenentscheidung(thema=thema, aeusserung=aeusserung)
        entscheidung.gehoert_dazu = wunsch == Urteil.DAZU
        entscheidung.save()
