"""Editions of the Heft: found, ordered, made, kept and thrown away.

A finished file is kept under the hash of all that goes into it, so that it is never out of date and never
made twice. Whoever asks gets the edition of the present state, or orders it.

There are two states at a time: the one for the public, and that of the `entwurf` with what is not released
yet. Where all is released they are one.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django_tasks import task

from arbeitsgruppen.auswahl import Auswahl, Form, GruppeFehlt, ausgewaehlt
from arbeitsgruppen.bestellung import (
    VERLANGT,
    VORRAT,
    abliefern,
    aufgeben,
    gemaechlich,
    verwaiste_dateien_loeschen,
    vorhandene,
    vorziehen,
)
from arbeitsgruppen.bild import Konferenzbild, konferenzbild
from arbeitsgruppen.daten import als_json
from arbeitsgruppen.heft import Heft, heft
from arbeitsgruppen.kennzahlen import themenstand
from arbeitsgruppen.models import (
    Abkuerzung,
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Heftausgabe,
    Moderation,
    Thema,
    Themenentscheidung,
)
from arbeitsgruppen.satz import Grenzen, SatzFehler
from arbeitsgruppen.schriften import pango_version
from arbeitsgruppen.setzer import Setzer
from konferenz.berechtigungen import Leser
from konferenz.entwurfslink import WIDERRUF
from konferenz.metriken import heftmessung
from konferenz.models import Folie, Konferenz, Person, Programmpunkt, Textseite, Vortrag
from konferenz.speicher import Speicherausfall, voll_ist_ausfall
from konferenz.uhr import eben_erst

VERALTETES_BLEIBT = timedelta(hours=1)  # after the change: as long as the next edition may take
UNERWARTET = (
    "Das Setzen ist unerwartet gescheitert. Den Grund nennt die Hintergrundaufgabe in der Verwaltung."
)
UEBERLAPPUNG = 100  # lines
# What the ids of statements begin with, before their Kennung.
ANKER = "a-"

# Where each model's history keeps the conference it belongs to; persons belong to several.
_GESCHICHTEN: tuple[tuple[type[models.Model], str], ...] = (
    (Konferenz, "id"),
    (Programmpunkt, "konferenz"),
    (Vortrag, "konferenz"),
    (Folie, "vortrag__konferenz"),
    (Textseite, "konferenz"),
    (Arbeitsgruppe, "konferenz"),
    (Moderation, "arbeitsgruppe__konferenz"),
    (Abschnitt, "arbeitsgruppe__konferenz"),
    (Aeusserung, "abschnitt__arbeitsgruppe__konferenz"),
)
_MIT_PERSONEN: tuple[tuple[Any, str, str], ...] = (
    (Vortrag, "vortragende", "konferenz"),
    (Moderation, "person", "arbeitsgruppe__konferenz"),
)
# What decides for all conferences at once which statements belong to which topics.
_DER_THEMEN: tuple[Any, ...] = (Thema, Themenentscheidung, Abkuerzung)
_BAUSTEINE = (
    "arbeitsgruppen/*.py",
    "arbeitsgruppen/templatetags/*.py",
    "konferenz/aufzaehlung.py",
    "konferenz/freitext.py",
    "templates/heft/**/*",
)
_PAKETE = (
    "Django",
    "weasyprint",
    "pydyf",
    "pyphen",
    "tinycss2",
    "tinyhtml5",
    "cssselect2",
    "fonttools",
    "Pillow",
    "fontpkg-fira-sans",
    "pymupdf-fonts",
)


@cache
def fassung() -> str:
    """Return the hash of all that decides how a Heft looks: templates, styles, code, fonts, renderer."""
    summe = sha256(pango_version().encode())
    for paket in _PAKETE:
        summe.update(f"{paket}=={version(paket)}\n".encode())
    for muster in _BAUSTEINE:
        for pfad in sorted(Path(settings.BASE_DIR).glob(muster)):
            if pfad.is_file():
                summe.update(pfad.name.encode() + b"\n" + pfad.read_bytes())
    return summe.hexdigest()


class Aenderung(NamedTuple):
    """The last change: when it was, and a number that any further change makes another.

    Two changes have the same time, or the later one an earlier, where somebody sets the clock.
    """

    zuletzt: datetime | None = None
    nummer: int = 0

    def mit(self, andere: "Aenderung") -> "Aenderung":
        """Return the last change of both."""
        zeiten = filter(None, (self.zuletzt, andere.zuletzt))
        return Aenderung(max(zeiten, default=None), self.nummer + andere.nummer)


def geaendert(konferenz: Konferenz) -> datetime | None:
    """Return when anything of a conference was changed last, in one query; None without any history."""
    return letzte_aenderungen([konferenz.pk]).get(konferenz.pk)


def letzte_aenderungen(konferenzen: Collection[int]) -> dict[int, datetime]:
    """Return by primary key when anything of these conferences was changed last, in one query."""
    return {welche: a.zuletzt for welche, a in aenderungen(konferenzen).items() if a.zuletzt}


def aenderungen(konferenzen: Collection[int]) -> dict[int, Aenderung]:
    """Return by primary key the last change of anything of these conferences, in one query."""
    teile = [
        modell.history.filter(**{f"{feld}__in": konferenzen})  # type: ignore[attr-defined]
        .exclude(history_change_reason=WIDERRUF)  # to revoke links leaves a line, too, but changes nothing
        .values(welche=models.F(feld), wann=models.F("history_date"), zeile=models.F("history_id"))
        for modell, feld in _GESCHICHTEN
    ]
    for modell, person, feld in _MIT_PERSONEN:
        staende = Person.history.filter(id=models.OuterRef(person))
        zuletzt = models.Subquery(staende.order_by("-history_date").values("history_date")[:1])
        zeile = models.Subquery(staende.order_by("-history_id").values("history_id")[:1])
        teile.append(
            modell.objects.filter(**{f"{feld}__in": konferenzen})
            .values(welche=models.F(feld))
            .annotate(wann=zuletzt, zeile=zeile)
        )
    zeilen = [
        teil.order_by()
        .values("welche")
        .annotate(zuletzt=Max("wann"), hoechste=Max("zeile"))
        .values_list("welche", "zuletzt", "hoechste")
        for teil in teile
    ]
    gefunden: dict[int, Aenderung] = {}
    for welche, zuletzt, hoechste in zeilen[0].union(*zeilen[1:], all=True):
        gefunden[welche] = gefunden.get(welche, Aenderung()).mit(Aenderung(zuletzt, hoechste or 0))
    return gefunden


def themenaenderung() -> Aenderung:
    """Return the last change of topics, or of what belongs to them."""
    alle = Aenderung()
    for modell in _DER_THEMEN:
        letzte = modell.history.aggregate(zuletzt=Max("history_date"), hoechste=Max("history_id"))
        alle = alle.mit(Aenderung(letzte["zuletzt"], letzte["hoechste"] or 0))
    return alle


def neueste_aenderung() -> tuple[int, ...]:
    """Return a mark that differs as soon as anything of any conference was changed, in one cheap query."""
    modelle = [*(modell for modell, _ in _GESCHICHTEN), Person, *_DER_THEMEN]
    nummern = [
        modell.history.order_by()
        .values(tabelle=models.Value(nummer))
        .annotate(zuletzt=Max("history_id"))
        .values_list("tabelle", "zuletzt")
        for nummer, modell in enumerate(modelle)
    ]
    zuletzt = dict(nummern[0].union(*nummern[1:], all=True))
    return tuple(zuletzt.get(nummer) or 0 for nummer in range(len(modelle)))


def seither_geaenderte(vorher: tuple[int, ...], jetzt: tuple[int, ...]) -> set[int] | None:
    """Return the conferences of which anything was changed between these marks of `neueste_aenderung`.

    None where it may be any of them: topics belong to all. A few lines from before are looked at, too, for
    one with a smaller number may have been committed later.
    """
    ab_hier = len(_GESCHICHTEN)
    if vorher[ab_hier + 1 :] != jetzt[ab_hier + 1 :]:
        return None
    gefunden: set[int] = set()
    for (modell, feld), zeile in zip(_GESCHICHTEN, vorher, strict=False):
        neue = modell.history.filter(history_id__gt=zeile - UEBERLAPPUNG)  # type: ignore[attr-defined]
        gefunden.update(neue.order_by().values_list(feld, flat=True).distinct())
    wer = Person.history.filter(history_id__gt=vorher[ab_hier] - UEBERLAPPUNG).order_by().values("id")
    for verbindung, person, feld in _MIT_PERSONEN:
        gefunden.update(verbindung.objects.filter(**{f"{person}__in": wer}).values_list(feld, flat=True))
    return gefunden


def stand(konferenz: Konferenz) -> date | None:
    """Return the day of the last change, as the Heft prints it."""
    zuletzt = geaendert(konferenz)
    return timezone.localdate(zuletzt) if zuletzt else None


class Zustand(NamedTuple):
    """What a conference holds now, and the day of its last change."""

    bild: Konferenzbild
    stand: date | None

    @classmethod
    def von(cls, konferenz: Konferenz, *, alles: bool = False, offen: Collection[int] = ()) -> Self:
        """Read it from the database: what is public, with what `konferenzbild` is told to show beside it."""
        return cls(konferenzbild(konferenz, alles=alles, offen=offen), stand(konferenz))

    def schluessel(self, auswahl: Auswahl) -> str:
        """Return the hash of what goes into an edition: 64 hex digits. Raises GruppeFehlt."""
        bild = ausgewaehlt(self.bild, auswahl)
        daten = als_json(bild, settings.SITE_URL)
        themen = themenstand(bild)
        kopf = f"{fassung()}\n{auswahl.anfrage}\n{self.stand}{themen}\n"
        return sha256(kopf.encode() + daten).hexdigest()

    def vorlaeufig(self, auswahl: Auswahl) -> bool:
        """Whether anything is not public yet of what goes into an edition. Raises GruppeFehlt."""
        return ausgewaehlt(self.bild, auswahl).vorlaeufig


def verlangen(
    konferenz: Konferenz, auswahl: Auswahl, zustand: Zustand | None = None, vorrat: bool = False
) -> Heftausgabe:
    """Return the edition of the present state; where it is not there yet, order it once.

    Without a `zustand` it is the one for the public. `vorrat`: nobody is waiting for it yet, so that it lets
    those go first that somebody waits for.
    Raises GruppeFehlt for a group that the conference does not have, WarteschlangeVoll.
    """
    zustand = zustand or Zustand.von(konferenz)
    summe = zustand.schluessel(auswahl)
    ausgabe = vorhandene(Heftausgabe, summe, UNERWARTET)
    if ausgabe is None:
        angaben = {
            "konferenz": konferenz,
            "auswahl": auswahl.anfrage,
            "entwurf": zustand.vorlaeufig(auswahl),
        }
        vorrang = VORRAT if vorrat else VERLANGT
        return aufgeben(Heftausgabe, summe, angaben, heft_setzen, vorrang=vorrang)
    if ausgabe.vorrat and not vorrat and not ausgabe.fertig:
        vorziehen(ausgabe)
    return ausgabe


def fertiges_pdf(zustand: Zustand, auswahl: Auswahl) -> bytes | None:
    """Return the finished edition of this state; None where it is yet to be made. Raises GruppeFehlt."""
    ausgabe = Heftausgabe.objects.fertige().filter(schluessel=zustand.schluessel(auswahl)).first()
    try:
        if ausgabe:
            with ausgabe.datei.open() as datei:
                return datei.read()
    except FileNotFoundError:  # lost from the store
        pass
    return None


def letzte_fertige(ausgabe: Heftausgabe, leser: Leser) -> Heftausgabe | None:
    """Return the newest finished edition of the same choice, which is offered while this one is made."""
    fertige = Heftausgabe.objects.fertige().sichtbar_fuer(leser)
    gleiche = fertige.filter(konferenz=ausgabe.konferenz_id, auswahl=ausgabe.auswahl, entwurf=ausgabe.entwurf)
    letzte = gleiche.select_related("konferenz").first()
    return letzte if letzte and noch_zu_haben(letzte) else None


def gesetztes_pdf(konferenz: Konferenz, auswahl: Auswahl, zustand: Zustand) -> bytes:
    """Return the edition of this state; where it is not there yet it is made here and now, and kept.

    Raises GruppeFehlt, and SatzFehler with the reason in German where it cannot be set.
    """
    fertiges = fertiges_pdf(zustand, auswahl)
    if fertiges is not None:
        return fertiges
    ausgabe = verlangen(konferenz, auswahl, zustand, vorrat=True)
    herstellen(ausgabe, heft(zustand.bild, auswahl, zustand.stand), setzer())
    ausgabe.refresh_from_db(fields=["datei", "fehler"])
    if ausgabe.fehler:
        raise SatzFehler(ausgabe.fehler)
    with ausgabe.datei.open() as datei:
        return datei.read()


@task()
def heft_setzen(nummer: int) -> None:
    """Make the edition with this primary key; where the conference has changed since, its successor."""
    try:
        ausgabe = Heftausgabe.objects.select_related("konferenz").get(pk=nummer, fertig=None)
    except Heftausgabe.DoesNotExist:  # finished by another process, or its conference is gone
        return
    with voll_ist_ausfall():
        _setzen(ausgabe)


def _setzen(ausgabe: Heftausgabe) -> None:
    konferenz, auswahl = ausgabe.konferenz, Auswahl.aus_anfrage(ausgabe.auswahl)
    zustand = Zustand.von(konferenz, alles=ausgabe.entwurf)
    try:
        if zustand.schluessel(auswahl) == ausgabe.schluessel:
            herstellen(ausgabe, heft(zustand.bild, auswahl, zustand.stand), setzer())
        else:
            ausgabe.delete()
            verlangen(konferenz, auswahl, zustand, ausgabe.vorrat)
    except GruppeFehlt:  # taken out of the conference since
        ausgabe.delete()


@task()
def hefte_erneuern(nummer: int) -> None:
    """Have the usual Hefte of a released conference made where they are out of date."""
    konferenz = Konferenz.objects.oeffentlich().filter(pk=nummer).first()
    if konferenz:
        erneuern(konferenz)


@cache
def setzer() -> Setzer:
    """Return the renderer of this process, which stays warm from one task to the next."""
    return Setzer(grenzen())


def hinweise(konferenz: Konferenz) -> list[str]:
    """Return what editors should know of the Hefte of a conference: what failed, what could not be shown."""
    ausgaben = konferenz.heftausgaben.exclude(fehler="", hinweise="").order_by("pk")
    zeilen = (zeile for a in ausgaben for zeile in (f"{a.fehler}\n{a.hinweise}").splitlines() if zeile)
    return list(dict.fromkeys(zeilen))


def herstellen(ausgabe: Heftausgabe, inhalt: Heft, setzer: Setzer) -> None:
    """Make an edition and keep it.

    What cannot be set is noted at the edition in German; the editions before it stay.
    """
    eintrag = Heftausgabe.objects.filter(pk=ausgabe.pk)
    notieren = gemaechlich(lambda gesetzt, umfang, _: eintrag.update(gesetzt=gesetzt, umfang=umfang))

    def melden(gesetzt: int, umfang: int, _: str) -> None:
        notieren(gesetzt, umfang, "")

    try:
        with heftmessung(Auswahl.aus_anfrage(ausgabe.auswahl).form):
            pdf = setzer.setzen(inhalt.satz, melden)
    except SatzFehler as fehler:
        eintrag.update(fehler=str(fehler))
        return
    abliefern(
        ausgabe,
        f"hefte/{ausgabe.schluessel}.pdf",
        ContentFile(pdf.daten),
        gesetzt=pdf.seiten,
        umfang=pdf.seiten,
        hinweise="\n".join(inhalt.hinweise),
        fundstellen={
            anker.removeprefix(ANKER): seite
            for anker, seite in pdf.stellen.items()
            if anker.startswith(ANKER)
        },
    )
    _ersetzen(ausgabe)


def _ersetzen(neue: Heftausgabe) -> None:
    """Throw away the older editions of the same choice that are out of date, finished or failed."""
    aeltere = Heftausgabe.objects.exclude(datei="", fehler="").filter(
        konferenz=neue.konferenz_id, auswahl=neue.auswahl, verlangt__lt=neue.verlangt
    )
    for ausgabe in _veraltete(neue.konferenz, aeltere.exclude(pk=neue.pk)):
        wegwerfen(ausgabe)


def _veraltete(konferenz: Konferenz, ausgaben: Iterable[Heftausgabe]) -> Iterator[Heftausgabe]:
    """Yield those editions of a conference that are not of the present state, public or draft."""
    zustaende: dict[bool, Zustand] = {}
    for ausgabe in ausgaben:
        if ausgabe.entwurf not in zustaende:
            zustaende[ausgabe.entwurf] = Zustand.von(konferenz, alles=ausgabe.entwurf)
        if not _aktuell(ausgabe, zustaende[ausgabe.entwurf]):
            yield ausgabe


def veraltete_wegwerfen(konferenz: Konferenz) -> None:
    """Throw away what is no longer of the present state: what was erased must not live on in it."""
    for ausgabe in _veraltete(konferenz, konferenz.heftausgaben.all()):
        wegwerfen(ausgabe)


def wegwerfen(ausgabe: Heftausgabe) -> None:
    """Delete an edition with its file; one that the store does not let go of now, `aufraeumen` deletes."""
    name = ausgabe.datei.name
    ausgabe.delete()
    if name:
        with suppress(Speicherausfall):
            default_storage.delete(name)


def uebliche(bild: Konferenzbild) -> Iterator[Auswahl]:
    """Yield what is kept ready for every released conference: both forms, whole and by group."""
    for form in Form.values:
        yield Auswahl(form=form)
    for gruppe in bild.gruppen:
        if not gruppe.zurueckgehalten:
            for form in Form.values:
                yield Auswahl(form=form, gruppen=(gruppe.nummer,))


def erneuern(konferenz: Konferenz) -> None:
    """Order all usual editions that are not of the present state.

    Editions of other choices and of drafts that are out of date go: they would be offered while the next is
    made, and what was taken out of a conference must not live on in them.
    """
    zustand = Zustand.von(konferenz)
    auswahlen = list(uebliche(zustand.bild))
    andere = konferenz.heftausgaben.exclude(datei="", fehler="").exclude(
        entwurf=False, auswahl__in=[auswahl.anfrage for auswahl in auswahlen]
    )
    for ausgabe in _veraltete(konferenz, andere):
        wegwerfen(ausgabe)
    for auswahl in auswahlen:
        verlangen(konferenz, auswahl, zustand, vorrat=True)


def heftseite(konferenz: Konferenz, kennung: str) -> int | None:
    """Return the page of the public Heft (slides, whole) on which a statement stands.

    None where it is not in it, and as long as the edition of the present state is not finished: a page that
    is no longer right is worse than none. Until something changes the state is read once an hour.
    """
    letzte = aenderungen([konferenz.pk]).get(konferenz.pk, Aenderung())
    schluessel = caches["default"].get_or_set(
        f"heft:{konferenz.pk}:{letzte.zuletzt and letzte.zuletzt.timestamp()}:{letzte.nummer}",
        lambda: Zustand.von(konferenz).schluessel(Auswahl()),
        timeout=3600,
    )
    ausgaben = Heftausgabe.objects.fertige().filter(schluessel=schluessel)
    fundstellen: dict[str, int] = ausgaben.values_list("fundstellen", flat=True).first() or {}
    return fundstellen.get(kennung)


def noch_zu_haben(ausgabe: Heftausgabe) -> bool:
    """Whether an edition may still be handed out: it is of the present state, or that is new.

    What was taken out of a conference must not stay public in an old edition because no new one is made.
    What a group said that is not released (any more) must not be public in one for a moment.
    """
    konferenz = ausgabe.konferenz
    oeffentlich = ausgabe.entwurf or not konferenz.arbeitsgruppen.zurueckgehaltene().exists()
    zuletzt = geaendert(konferenz)
    if oeffentlich and (zuletzt is None or eben_erst(zuletzt, VERALTETES_BLEIBT)):
        return True
    return _aktuell(ausgabe, Zustand.von(konferenz, alles=ausgabe.entwurf))


def _aktuell(ausgabe: Heftausgabe, zustand: Zustand) -> bool:
    try:
        return zustand.schluessel(Auswahl.aus_anfrage(ausgabe.auswahl)) == ausgabe.schluessel
    except GruppeFehlt:
        return False


def aufraeumen() -> int:
    """Delete files of the store that no edition knows (any more); return how many."""
    bekannte = set(Heftausgabe.objects.exclude(datei="").values_list("datei", flat=True))
    return verwaiste_dateien_loeschen("hefte", bekannte)


def grenzen() -> Grenzen:
    """Return the limits that the settings give the renderer."""
    return Grenzen(*settings.HEFT_GRENZEN)
