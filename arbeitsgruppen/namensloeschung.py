"""Erasing a person's name everywhere, the histories included.

The person's rows go, or become neutral ones where a moderation or a talk has to stay. In other texts
something else comes in the place of the name. Statements are verbatim: there it is only said where the name
occurs, unless replacing is asked for; then they are marked as changed by an editor, and what was recorded is
not kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import models, transaction

from arbeitsgruppen import erzeugnisse, suchwoerter
from arbeitsgruppen.abdruck import ENTFALLEN, abdruck
from arbeitsgruppen.ausgabe import veraltete_wegwerfen
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Bearbeitung, Moderation, Quelldatei
from arbeitsgruppen.namen import person as zerlegt
from arbeitsgruppen.nennung import Nennung
from arbeitsgruppen.papierkorb import MODELLE
from konferenz.models import Importstand, Konferenz, Person, Pflichtseite, Rueckmeldung
from konferenz.verlauf import vorgang

# Statements, and those that are being typed.
WOERTLICH: tuple[Any, ...] = (Aeusserung, Bearbeitung)
MIT_VERLAUF: tuple[Any, ...] = (*MODELLE, Pflichtseite)
# All that may name a person; what imports wrote is dealt with apart.
TABELLEN: tuple[Any, ...] = (*MIT_VERLAUF, Bearbeitung, LogEntry, Rueckmeldung)


class NichtGefunden(Exception):
    """There is nothing to erase; the message says so in German."""


@dataclass(slots=True)
class Ergebnis:
    """What was done and what is left to do, a German line each."""

    name: str
    geloescht: list[str] = field(default_factory=list)
    bleibt: list[str] = field(default_factory=list)
    pruefen: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.geloescht or self.bleibt or self.pruefen)


def loeschen(
    name: str = "", pk: int | None = None, *, auch_in_texten: bool = False, nur_zeigen: bool = False
) -> Ergebnis:
    """Erase a name everywhere, all or nothing; with `nur_zeigen` only say what would be done.

    A name stands for everybody called so, a key for one person; where others are called the same, texts are
    left alone then. Raise NichtGefunden where there is no such person and no text names one.
    """
    nennung, personen = gesuchte(name, pk)
    loeschung = _Loeschung(nennung, personen, auch_in_texten=auch_in_texten, nur_zeigen=nur_zeigen)
    with transaction.atomic(), vorgang("Name gelöscht"):
        loeschung.ausfuehren()
        if not loeschung.ergebnis:
            raise NichtGefunden(f"„{nennung}“ kommt nirgends vor. Prüfen Sie die Schreibung des Namens.")
        suchwoerter.neu_aufbauen()
        transaction.set_rollback(nur_zeigen)
    if not nur_zeigen:
        for konferenz in Konferenz.objects.all():
            veraltete_wegwerfen(konferenz)
        erzeugnisse.alle_wegwerfen()
        loeschung.alte_dateien_loeschen()
    return loeschung.ergebnis


def gesuchte(name: str, pk: int | None = None) -> tuple[Nennung, list[int]]:
    """Return how the person is named and the keys of all called so, or of the one with this key.

    Raises NichtGefunden where the name has no surname or nobody has the key.
    """
    if pk is None:
        nachname, komma, vorname = name.partition(",")
        teile = zerlegt(f"{vorname.strip()} {nachname}" if komma else name)
        nennung = Nennung(teile.vorname, teile.nachname)
        if not nennung.nachname:
            raise NichtGefunden("Nennen Sie Vor- und Nachnamen, zum Beispiel „Jo Weiß“.")
        return nennung, [p.pk for p in Person.objects.all() if nennung.ist(p.vorname, p.nachname)]
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise NichtGefunden(f"Eine Person mit der Nummer {pk} gibt es nicht. Suchen Sie mit dem Namen.")
    return Nennung(person.vorname, person.nachname), [person.pk]


class _Loeschung:
    def __init__(
        self, nennung: Nennung, personen: Sequence[int], *, auch_in_texten: bool, nur_zeigen: bool
    ) -> None:
        self.nennung, self.personen = nennung, personen
        self.auch_in_texten, self.nur_zeigen = auch_in_texten, nur_zeigen
        self.ergebnis = Ergebnis(str(nennung))
        self._dateien: dict[str, str] = {}  # new names of files by their old ones
        # Groups that have to do with the person, as far as is known by now.
        self._gruppen: set[int | None] = set(
            Arbeitsgruppe.objects.filter(moderierende__in=personen).values_list("pk", flat=True)
        )

    def ausfuehren(self) -> None:
        """Do all of it; the caller has begun a transaction."""
        andere = Person.objects.exclude(pk__in=self.personen)
        namensvettern = any(self.nennung.ist(p.vorname, p.nachname) for p in andere)
        self._moderationen()
        for person in Person.objects.filter(pk__in=self.personen):
            self._person(person)
        if namensvettern:
            self.ergebnis.pruefen.append(
                "Texte sind nicht durchsucht, denn andere heißen ebenso. Mit dem Namen statt der Nummer "
                "werden alle gelöscht, die so heißen, auch in Texten."
            )
            return
        self._personen_im_verlauf()
        self._importstaende()
        for modell in TABELLEN:
            self._zeilen(modell)
        for modell in MIT_VERLAUF:
            self._verlauf(modell)
        self._woanders()

    def alte_dateien_loeschen(self) -> None:
        """Delete the files whose name named the person; they have another one now."""
        for name in self._dateien:
            default_storage.delete(name)

    # --- the person itself ------------------------------------------------------------------------------

    def _moderationen(self) -> None:
        """Take away how the person was introduced as moderator: that says who it was."""
        for moderation in Moderation.objects.filter(person__in=self.personen).exclude(angabe=""):
            self.ergebnis.geloescht.append(f"{ort(moderation)}, Angabe")
            moderation.angabe = ""
            moderation.save(update_fields=["angabe"])
        Moderation.history.filter(person_id__in=self.personen).update(angabe="")

    def _person(self, person: Person) -> None:
        wer = f"Person {person.pk} ({person})"
        if person.moderationen.exists() or person.vortraege.exists():
            for feld, wert in _neutral(person.pk).items():
                setattr(person, feld, wert)
            person.save()
            Person.history.filter(id=person.pk).update(**_neutral(person.pk))
            self.ergebnis.geloescht.append(f"{wer}, jetzt „{person}“")
        else:
            verlauf = Person.history.filter(id=person.pk)
            person.delete()
            verlauf.delete()
            self.ergebnis.geloescht.append(wer)

    def _personen_im_verlauf(self) -> None:
        """Deal with those who were called so and are gone, or called otherwise by now."""
        zeilen = [z for z in Person.history.all() if self.nennung.ist(z.vorname, z.nachname)]
        for nummer in sorted({zeile.id for zeile in zeilen}):
            if Person.objects.filter(pk=nummer).exists():
                diese = [zeile.pk for zeile in zeilen if zeile.id == nummer]
                Person.history.filter(pk__in=diese).update(**_neutral(nummer))
            else:
                Person.history.filter(id=nummer).delete()
                Moderation.history.filter(person_id=nummer).update(angabe="")
            self.ergebnis.geloescht.append(f"Person {nummer} im Verlauf")

    # --- texts ------------------------------------------------------------------------------------------

    def _zeilen(self, modell: Any) -> None:
        """Replace the name in the rows of a model, or say where it stands."""
        darf = self.auch_in_texten or modell not in WOERTLICH
        for zeile in modell._base_manager.all():
            neue = dict(self._neue_werte(zeile, modell))
            liste = self.ergebnis.geloescht if darf else self.ergebnis.bleibt
            liste += [f"{ort(zeile)}, {feldname(modell, name)}" for name in neue]
            vielleicht = [] if modell in (LogEntry, Person) else self._nur_nachname(zeile, modell)
            self.ergebnis.pruefen += [
                f"{ort(zeile)}, {feldname(modell, name)}: nur der Nachname" for name in vielleicht
            ]
            if neue or vielleicht:
                self._gruppen.add(_gruppe(zeile))
            if neue and darf:
                for name, wert in neue.items():
                    setattr(zeile, name, wert)
                zeile.save(update_fields=list(neue))

    def _verlauf(self, modell: Any) -> None:
        """Replace the name in the lines of a history, those of deleted rows included."""
        darf = self.auch_in_texten or modell not in WOERTLICH
        anzahl = 0
        for zeile in modell.history.all():
            if neue := dict(self._neue_werte(zeile, modell)):
                anzahl += 1
                if darf:
                    modell.history.filter(pk=zeile.pk).update(**neue)
        if anzahl:
            liste = self.ergebnis.geloescht if darf else self.ergebnis.bleibt
            worte = "1 früherer Stand" if anzahl == 1 else f"{anzahl} frühere Stände"
            liste.append(f"Verlauf: {modell._meta.verbose_name_plural}, {worte}")

    def _neue_werte(self, zeile: Any, modell: Any) -> Iterator[tuple[str, Any]]:
        """Yield what is to stand in the fields of a row or line that name the person."""
        geaendert = False
        for feld in textfelder(modell):
            alt = getattr(zeile, feld.attname)
            if feld.name == "original" and modell is Aeusserung:
                # Marked as changed without what was recorded, also where an editor took the name out before.
                if geaendert or self.nennung.in_text(alt or ""):
                    yield feld.attname, ""
            elif alt and (neu := self._neuer_wert(zeile, feld, alt)) != alt:
                geaendert = True
                yield feld.attname, neu

    def _neuer_wert(self, zeile: Any, feld: Any, alt: Any) -> Any:
        if isinstance(feld, models.JSONField):
            return self.nennung.ohne_in(alt)
        if isinstance(feld, models.FileField):
            return self._umbenannt(str(alt)) if self.nennung.in_adresse(str(alt)) else alt
        if isinstance(feld, models.SlugField):
            neu = self.nennung.ohne_in_adresse(alt)
            return neu if neu == alt else _freie_adresse(zeile, feld.name, neu)
        return self.nennung.ohne(alt)[: feld.max_length]

    def _nur_nachname(self, zeile: Any, modell: Any) -> list[str]:
        return [
            feld.attname
            for feld in textfelder(modell)
            if isinstance(wert := getattr(zeile, feld.attname), str) and self.nennung.vielleicht_in(wert)
        ]

    def _umbenannt(self, alt: str) -> str:
        """Return the new name of a file, which is there under both until all is done."""
        if alt not in self._dateien:
            self._dateien[alt] = str(PurePosixPath(alt).with_stem(uuid4().hex))
            if not self.nur_zeigen and default_storage.exists(alt):
                with default_storage.open(alt) as datei:
                    default_storage.save(self._dateien[alt], datei)
        return self._dateien[alt]

    # --- elsewhere --------------------------------------------------------------------------------------

    def _importstaende(self) -> None:
        """Erase the name from what imports wrote; the next import can still tell whom the file means."""
        for importstand in Importstand.objects.select_related("konferenz"):
            stand = {name: self._eintrag(name, werte) for name, werte in importstand.stand.items()}
            quelle = self.nennung.ohne(importstand.quelle)
            if (stand, quelle) != (importstand.stand, importstand.quelle):
                Importstand.objects.filter(pk=importstand.pk).update(stand=stand, quelle=quelle)
                self.ergebnis.geloescht.append(f"Importstand „{importstand.konferenz}“")

    def _eintrag(self, name: str, werte: Any) -> Any:
        if name.startswith("aeusserung:") and not self.auch_in_texten:
            return werte
        if not isinstance(werte, dict):  # not of a row
            return self.nennung.ohne_in(werte)
        eigener = name.startswith("moderation:") and werte.get("person_id") in self.personen
        neue = {
            feld: ENTFALLEN
            if isinstance(wert, str) and (self.nennung.in_text(wert) or (eigener and feld == "angabe"))
            else wert
            for feld, wert in werte.items()
        }
        schluessel = werte.get("_schluessel")
        if isinstance(schluessel, str) and (eigener or neue["_schluessel"] == ENTFALLEN):
            neue["_schluessel"] = abdruck(schluessel)
        return neue

    def _woanders(self) -> None:
        """Name what a person has to look into: files of the groups concerned, accounts."""
        dateien = Quelldatei.objects.filter(arbeitsgruppe__in=self._gruppen - {None})
        for datei in dateien.select_related("arbeitsgruppe"):
            self.ergebnis.pruefen.append(f"{ort(datei)}: der Inhalt der Datei ist nicht durchsucht")
        for konto in User.objects.all():
            if self.nennung.ist(konto.first_name, konto.last_name) or self.nennung.in_text(konto.email):
                self.ergebnis.pruefen.append(
                    f"Konto „{konto.username}“: Konten werden unter „Benutzer“ gelöscht"
                )


def _neutral(pk: int) -> dict[str, str]:
    # With a number, for two persons can't be the same in everything.
    return {"titel": "", "vorname": "", "nachname": "Name gelöscht", "organisation": f"(Nr. {pk})", "ort": ""}


def textfelder(modell: Any) -> list[Any]:
    """Return the fields of a model in which a name can stand, that of the recorded wording last."""
    arten = (models.CharField, models.TextField, models.JSONField, models.FileField)
    felder = [f for f in modell._meta.concrete_fields if isinstance(f, arten) and not f.choices]
    return sorted(felder, key=lambda feld: feld.name == "original")


def feldname(modell: Any, name: str) -> str:
    """Return the German name of a field."""
    return str(modell._meta.get_field(name).verbose_name)


def _gruppe(zeile: Any) -> int | None:
    """Return the key of the group to which a row belongs, if it belongs to one."""
    if isinstance(zeile, Aeusserung):
        return zeile.abschnitt.arbeitsgruppe_id
    return zeile.pk if isinstance(zeile, Arbeitsgruppe) else getattr(zeile, "arbeitsgruppe_id", None)


def ort(zeile: Any) -> str:
    """Return what tells people which row it is."""
    if isinstance(zeile, Aeusserung):
        gruppe = zeile.abschnitt.arbeitsgruppe
        return f"AG {gruppe.nummer} ({gruppe.konferenz}), Äußerung {zeile.kennung}"
    return f"{zeile._meta.verbose_name} {zeile.pk} „{str(zeile)[:60]}“"


def _freie_adresse(zeile: Any, feld: str, adresse: str) -> str:
    """Return the address, with a number where another row of the model has it."""
    modell = getattr(zeile, "instance_type", type(zeile))
    andere = modell._base_manager.exclude(pk=getattr(zeile, "id", None))
    nummer, frei = 1, adresse
    while andere.filter(**{feld: frei}).exists():
        nummer += 1
        frei = f"{adresse[:95]}-{nummer}"
    return frei
