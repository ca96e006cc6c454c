"""Next year's conference from this one: agenda, groups, questions and moderation as a draft.

What was said and shown at a conference belongs to it alone: statements and talks are never copied.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction

from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe, Moderation
from konferenz.adressen import adresse
from konferenz.models import Konferenz, Programmpunkt
from konferenz.reihenfolge import sperren
from konferenz.verlauf import vorgang

WEG = "Kopie"
ADRESSE_VERGEBEN = "Eine Konferenz mit dieser Adresse gibt es schon."
UEBERNOMMEN = ("reihe", "format", "ort", "beginn", "ende", "veranstalter", "hinweis")


class Vergeben(Exception):
    """The address of the copy is taken; says so in a sentence."""


@dataclass(frozen=True, slots=True)
class Umfang:
    """What a copy takes over; what belongs to groups only comes with them."""

    programm: bool = True
    gruppen: bool = True
    moderation: bool = True
    konten: bool = True
    ueberschriften: bool = False


@dataclass(frozen=True, slots=True)
class Kopie:
    """A new conference and how much of the old one is in it."""

    konferenz: Konferenz
    programmpunkte: int = 0
    gruppen: int = 0
    moderationen: int = 0
    zuordnungen: int = 0
    abschnitte: int = 0


def tag_im_naechsten_jahr(datum: date) -> date:
    """Return the same weekday at about the same time of the next year; where the calendar ends, the day."""
    try:
        tag = datum + timedelta(weeks=52)
        return tag if tag.year > datum.year else tag + timedelta(weeks=1)
    except OverflowError:
        return datum


def adresse_im_jahr(konferenz: Konferenz, titel: str, jahr: int) -> str:
    """Return the address for a copy: the old one with the new year, or one made from title and year."""
    stamm, strich, ende = konferenz.slug.rpartition("-")
    if titel == konferenz.titel and strich and ende == str(konferenz.datum.year):
        return f"{stamm}-{jahr}"
    return f"{adresse(titel, 95)}-{jahr}".strip("-")


def kopieren(vorlage: Konferenz, titel: str, datum: date, slug: str, umfang: Umfang | None = None) -> Kopie:
    """Create a draft from a conference, whole or not at all, as one Vorgang.

    Raise Vergeben where the address is taken, even if that happened a moment ago.
    """
    umfang = umfang or Umfang()
    with transaction.atomic(), vorgang(WEG):
        sperren(vorlage)
        konferenz = Konferenz(
            titel=titel,
            datum=datum,
            slug=slug,
            status=Konferenz.Status.ENTWURF,
            **{feld: getattr(vorlage, feld) for feld in UEBERNOMMEN},
        )
        try:
            with transaction.atomic():
                konferenz.save(force_insert=True)
        except IntegrityError as fehler:
            raise Vergeben(ADRESSE_VERGEBEN) from fehler
        punkte = _programm(vorlage, konferenz) if umfang.programm else {}
        if not umfang.gruppen:
            return Kopie(konferenz, len(punkte))
        return _gruppen(vorlage, konferenz, punkte, umfang)


def _programm(vorlage: Konferenz, konferenz: Konferenz) -> dict[int, Programmpunkt]:
    """Copy the agenda; return the new slots by the keys of the old ones."""
    return {
        alt.pk: Programmpunkt.objects.create(
            konferenz=konferenz,
            position=alt.position,
            beginn=alt.beginn,
            titel=alt.titel,
            mitwirkende=alt.mitwirkende,
            neue_seite=alt.neue_seite,
        )
        for alt in vorlage.programmpunkte.order_by("position")
    }


def _gruppen(
    vorlage: Konferenz, konferenz: Konferenz, punkte: dict[int, Programmpunkt], umfang: Umfang
) -> Kopie:
    """Copy the groups with what of them is wanted."""
    moderationen = zuordnungen = abschnitte = 0
    alle = vorlage.arbeitsgruppen.order_by("nummer").prefetch_related("moderationen", "abschnitte", "konten")
    for alt in alle:
        gruppe = Arbeitsgruppe.objects.create(
            konferenz=konferenz,
            nummer=alt.nummer,
            titel=alt.titel,
            fragestellung=alt.fragestellung,
            unterfragen=alt.unterfragen,
            programmpunkt=punkte.get(alt.programmpunkt_id or 0),
            status=Arbeitsgruppe.Status.IN_BEARBEITUNG,
        )
        if umfang.moderation:
            moderationen += _moderation(alt, gruppe)
        if umfang.konten:
            konten = [konto for konto in alt.konten.all() if konto.is_active]
            gruppe.konten.add(*konten)
            zuordnungen += len(konten)
        if umfang.ueberschriften:
            abschnitte += _ueberschriften(alt, gruppe)
    return Kopie(konferenz, len(punkte), len(alle), moderationen, zuordnungen, abschnitte)


def _moderation(alt: Arbeitsgruppe, gruppe: Arbeitsgruppe) -> int:
    for zeile in alt.moderationen.all():
        Moderation.objects.create(
            arbeitsgruppe=gruppe, person_id=zeile.person_id, position=zeile.position, angabe=zeile.angabe
        )
    return len(alt.moderationen.all())


def _ueberschriften(alt: Arbeitsgruppe, gruppe: Arbeitsgruppe) -> int:
    for abschnitt in alt.abschnitte.all():
        Abschnitt.objects.create(
            arbeitsgruppe=gruppe,
            ueberschrift=abschnitt.ueberschrift,
            kategorie=abschnitt.kategorie,
            herkunft=abschnitt.herkunft,
            position=abschnitt.position,
        )
    return len(alt.abschnitte.all())
