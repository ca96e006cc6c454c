"""What else has the words searched for: conferences, groups, headings, agenda, talks, persons."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Count, F, Q, QuerySet
from django.utils.formats import date_format

from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe, Moderation
from arbeitsgruppen.suchausdruck import Suchausdruck
from konferenz.models import Folie, Konferenz, Programmpunkt, Vortrag

# So many of a kind are shown.
HOECHSTENS = 10
GRENZE = HOECHSTENS + 1


@dataclass(frozen=True, slots=True)
class Eintrag:
    """Something that was found beside statements."""

    titel: str
    adresse: str
    ort: str


@dataclass(frozen=True, slots=True)
class Art:
    """All that was found of one kind, as far as it is shown."""

    name: str
    eintraege: tuple[Eintrag, ...]
    mehr: bool


def daneben(ausdruck: Suchausdruck, konferenz: str = "", jahr: int | None = None) -> list[Art]:
    """Return what else has the words, by kind, of what is released; in eight queries at most."""
    if not ausdruck:
        return []
    konferenzen = Konferenz.objects.oeffentlich()
    if konferenz:
        konferenzen = konferenzen.filter(slug=konferenz)
    if jahr:
        konferenzen = konferenzen.filter(datum__year=jahr)
    arten = {
        "Konferenzen": _konferenzen(ausdruck, konferenzen),
        "Arbeitsgruppen": _gruppen(ausdruck, konferenzen),
        "Überschriften in Arbeitsgruppen": _ueberschriften(ausdruck, konferenzen),
        "Tagesprogramm": _programm(ausdruck, konferenzen),
        "Vorträge": _vortraege(ausdruck, konferenzen),
        "Personen": _personen(ausdruck, konferenzen),
    }
    gezeigt = {name: tuple(islice(eintraege, GRENZE)) for name, eintraege in arten.items()}
    return [
        Art(name, eintraege[:HOECHSTENS], len(eintraege) > HOECHSTENS)
        for name, eintraege in gezeigt.items()
        if eintraege
    ]


def _konferenzen(ausdruck: Suchausdruck, konferenzen: QuerySet[Konferenz]) -> Iterator[Eintrag]:
    for konferenz in konferenzen.filter(ausdruck.q("gefaltet"))[:GRENZE]:
        yield Eintrag(konferenz.titel, konferenz.get_absolute_url(), _tag(konferenz))


def _gruppen(ausdruck: Suchausdruck, konferenzen: QuerySet[Konferenz]) -> Iterator[Eintrag]:
    gruppen = Arbeitsgruppe.objects.filter(ausdruck.q("gefaltet"), konferenz__in=konferenzen)
    for gruppe in gruppen.select_related("konferenz").order_by(*_neueste(), "nummer")[:GRENZE]:
        yield Eintrag(str(gruppe), gruppe.get_absolute_url(), str(gruppe.konferenz))


def _ueberschriften(ausdruck: Suchausdruck, konferenzen: QuerySet[Konferenz]) -> Iterator[Eintrag]:
    abschnitte = (
        Abschnitt.objects.veroeffentlicht()
        .filter(ausdruck.q("gefaltet"), arbeitsgruppe__konferenz__in=konferenzen)
        .select_related("arbeitsgruppe__konferenz")
        .annotate(
            nummer=Count(
                "arbeitsgruppe__abschnitte", filter=Q(arbeitsgruppe__abschnitte__position__lte=F("position"))
            )
        )
        .order_by(*_neueste("arbeitsgruppe__"), "arbeitsgruppe__nummer", "position")
    )
    for abschnitt in abschnitte[:GRENZE]:
        gruppe = abschnitt.arbeitsgruppe
        stelle = f"{gruppe.get_absolute_url()}#abschnitt-{abschnitt.nummer}"
        yield Eintrag(abschnitt.ueberschrift, stelle, f"{gruppe}, {gruppe.konferenz}")


def _programm(ausdruck: Suchausdruck, konferenzen: QuerySet[Konferenz]) -> Iterator[Eintrag]:
    punkte = Programmpunkt.objects.filter(ausdruck.q("gefaltet"), konferenz__in=konferenzen)
    for punkt in punkte.select_related("konferenz").order_by(*_neueste(), "position")[:GRENZE]:
        yield Eintrag(str(punkt), f"{punkt.konferenz.get_absolute_url()}#programm", str(punkt.konferenz))


def _vortraege(ausdruck: Suchausdruck, konferenzen: QuerySet[Konferenz]) -> Iterator[Eintrag]:
    """Yield talks by their titles, and slides by what stands on them."""
    vortraege = Vortrag.objects.filter(ausdruck.q("gefaltet"), konferenz__in=konferenzen)
    for vortrag in vortraege.select_related("konferenz").order_by(*_neueste(), "position")[:GRENZE]:
        yield Eintrag(vortrag.titel, vortrag.get_absolute_url(), str(vortrag.konferenz))
    folien = (
        Folie.objects.filter(ausdruck.q("gefaltet"), vortrag__konferenz__in=konferenzen)
        .select_related("vortrag__konferenz")
        .order_by(*_neueste("vortrag__"), "vortrag__position", "position")
    )
    for folie in folien[:GRENZE]:
        stelle = f"{folie.vortrag.get_absolute_url()}#folie-{folie.position}"
        yield Eintrag(str(folie), stelle, f"{folie.vortrag}, {folie.vortrag.konferenz}")


def _personen(ausdruck: Suchausdruck, konferenzen: QuerySet[Konferenz]) -> Iterator[Eintrag]:
    """Yield who moderated a group or gave a talk, by name and by affiliation."""
    moderationen = (
        Moderation.objects.filter(
            ausdruck.q("person__gefaltet", "gefaltet"), arbeitsgruppe__konferenz__in=konferenzen
        )
        .select_related("person", "arbeitsgruppe__konferenz")
        .order_by("person", *_neueste("arbeitsgruppe__"), "arbeitsgruppe__nummer")
    )
    for moderation in moderationen[:GRENZE]:
        gruppe = moderation.arbeitsgruppe
        ort = f"Moderation der AG {gruppe.nummer}, {gruppe.konferenz}"
        yield Eintrag(str(moderation), gruppe.get_absolute_url(), ort)
    vortragende = (
        Vortrag.vortragende.through.objects.filter(
            ausdruck.q("person__gefaltet"), vortrag__konferenz__in=konferenzen
        )
        .select_related("person", "vortrag__konferenz")
        .order_by("person", *_neueste("vortrag__"), "vortrag__position")
    )
    for zeile in vortragende[:GRENZE]:
        ort = f"Vortrag „{zeile.vortrag}“, {zeile.vortrag.konferenz}"
        yield Eintrag(str(zeile.person), zeile.vortrag.get_absolute_url(), ort)


def _neueste(weg: str = "") -> tuple[str, ...]:
    """Return the order in which the newest conference comes first."""
    return (f"-{weg}konferenz__datum", f"{weg}konferenz__titel", f"{weg}konferenz")


def _tag(konferenz: Konferenz) -> str:
    return date_format(konferenz.datum, "j. F Y")
