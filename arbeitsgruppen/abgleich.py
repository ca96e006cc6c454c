"""Writing the picture of an import into the database, with edits made since the last import kept.

Three states are compared for every row: what the file says, what the database holds, and what the
file said at the last import (the base, kept in `Importstand`). Where database and base agree, nobody
edited the row and the file is followed; where they differ, the edit stays and is reported, unless the
caller wants it overwritten. Rows added by hand always stay.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CASCADE, CheckConstraint, F, Max, Model, Q, QuerySet

from arbeitsgruppen.abdruck import ENTFALLEN, passender
from arbeitsgruppen.bild import Gruppenbild, Konferenzbild, Personenbild, Vortragsbild
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation, neue_kennung
from arbeitsgruppen.quelle import Quellenfehler
from arbeitsgruppen.ueberschriften import einordnung
from arbeitsgruppen.zuordnung import gruppen_zuordnen, nur_gleiche, zuordnen
from konferenz.models import Folie, Konferenz, Person, Programmpunkt, Textseite, Vortrag
from konferenz.reihenfolge import nachruecken
from konferenz.verlauf import verzeichnen

# Rows are parked beyond this position while their order changes; see `_ordnen`.
PARKPLATZ = 1_000_000


@dataclass
class Soll:
    """A row as the file has it."""

    schluessel: str  # by what it is recognised
    werte: dict[str, Any]  # what the file says of it
    nur_neu: dict[str, Any] = field(default_factory=dict)  # what only a new row takes over
    saat: str = ""  # what the Kennung of a new row is made from


@dataclass
class Ergebnis:
    """What an import did and what it left alone."""

    gezaehlt: Counter[str] = field(default_factory=Counter)  # angelegt, geaendert, entfernt
    bearbeitet: list[str] = field(default_factory=list)  # edits kept, or overwritten where that was asked for
    geblieben: list[str] = field(default_factory=list)  # kept whatever was asked for


class Abgleich:
    """One import into one conference; `stand` is the base for the next import."""

    def __init__(self, konferenz: Konferenz, basis: dict[str, dict[str, Any]], *, ueberschreiben: bool):
        self.konferenz = konferenz
        self.basis = {name: dict(werte) for name, werte in basis.items()}
        # By what rows are told whose texts were erased; see `_wiedererkennen`.
        self.abdruecke: dict[str, dict[str, str]] = {}
        self.ueberschreiben = ueberschreiben
        self.stand: dict[str, dict[str, Any]] = {}
        self.ergebnis = Ergebnis()
        # Rows that the file no longer has, with where they stand and the scope of their position.
        self.ueberzaehlig: list[tuple[Model, str, tuple[str, ...]]] = []

    def uebernehmen(self, bild: Konferenzbild) -> None:
        """Make the conference what `bild` says. Raise Quellenfehler where a text does not fit."""
        self._konferenz(bild)
        punkte = self._programm(bild)
        for vortrag, vortragsbild in zip(self._vortraege(bild, punkte), bild.vortraege, strict=True):
            if vortrag:
                self._folien(vortrag, vortragsbild)
        self._textseiten(bild)
        for gruppe, gruppenbild in zip(self._gruppen(bild, punkte), bild.gruppen, strict=True):
            if gruppe:
                self._moderation(gruppe, gruppenbild)
                self._aeusserungen(gruppe, gruppenbild, self._abschnitte(gruppe, gruppenbild))
        # Last and from the inside out: what moved elsewhere must not go with its old place.
        for row, ort, bereich in reversed(self.ueberzaehlig):
            self._entfernen(row, ort, bereich)

    # --- what stands where ------------------------------------------------------------------------

    def _konferenz(self, bild: Konferenzbild) -> None:
        felder = ("titel", "format", "datum", "beginn", "ende", "hinweis")
        soll = Soll(bild.titel, {name: getattr(bild, name) for name in felder})
        if self.konferenz.pk is None:
            for name, wert in soll.werte.items():
                setattr(self.konferenz, name, wert)
            self._speichern(self.konferenz, "Konferenz")
        elif self._angleichen(self.konferenz, soll, "Konferenz"):
            self._speichern(self.konferenz, "Konferenz")
        self._merken(self.konferenz, soll, "Konferenz")

    def _programm(self, bild: Konferenzbild) -> list[Programmpunkt | None]:
        felder = ("beginn", "titel", "mitwirkende", "neue_seite")
        return self._folge(
            Programmpunkt.objects.filter(konferenz=self.konferenz),
            [
                Soll(
                    punkt.titel,
                    {**{name: getattr(punkt, name) for name in felder}, "konferenz_id": self.konferenz.pk},
                )
                for punkt in bild.programm
            ],
            schluessel=lambda punkt: punkt.titel,
            ort="Programm",
            bereich=("konferenz_id",),
        )

    def _vortraege(self, bild: Konferenzbild, punkte: list[Programmpunkt | None]) -> list[Vortrag | None]:
        vortraege = self._folge(
            Vortrag.objects.filter(konferenz=self.konferenz),
            [
                Soll(
                    v.titel,
                    {
                        "titel": v.titel,
                        "programmpunkt_id": _pk(punkte, v.programmpunkt),
                        "konferenz_id": self.konferenz.pk,
                    },
                    {"slug": v.slug},
                )
                for v in bild.vortraege
            ],
            schluessel=lambda vortrag: vortrag.titel,
            ort="Vorträge",
            bereich=("konferenz_id",),
        )
        for vortrag, vortragsbild in zip(vortraege, bild.vortraege, strict=True):
            # Who speaks is taken over once; later it is easier said in the admin than in a file.
            if vortrag and not vortrag.vortragende.exists() and _name(vortrag) not in self.basis:
                vortrag.vortragende.add(*(self._person(person) for person in vortragsbild.vortragende))
        return vortraege

    def _folien(self, vortrag: Vortrag, bild: Vortragsbild) -> None:
        self._folge(
            Folie.objects.filter(vortrag=vortrag),
            [
                Soll(
                    f"{folie.ueberschrift}\n{folie.text}",
                    {
                        "art": folie.art,
                        "ueberschrift": folie.ueberschrift,
                        "text": folie.text,
                        "vortrag_id": vortrag.pk,
                    },
                )
                for folie in bild.folien
            ],
            schluessel=lambda folie: f"{folie.ueberschrift}\n{folie.text}",
            ort=f"Vortrag „{vortrag.titel}“",
            bereich=("vortrag_id",),
            stelle=f"folien {vortrag.pk}",
        )

    def _textseiten(self, bild: Konferenzbild) -> None:
        self._folge(
            Textseite.objects.filter(konferenz=self.konferenz),
            [
                Soll(
                    f"{seite.ueberschrift}\n{seite.text}",
                    {
                        "seite": seite.seite,
                        "ueberschrift": seite.ueberschrift,
                        "text": seite.text,
                        "konferenz_id": self.konferenz.pk,
                    },
                )
                for seite in bild.textseiten
            ],
            schluessel=lambda seite: f"{seite.ueberschrift}\n{seite.text}",
            ort="Textseiten",
            einmalig="seite",
        )

    def _gruppen(self, bild: Konferenzbild, punkte: list[Programmpunkt | None]) -> list[Arbeitsgruppe | None]:
        punkt_von = {nummer: index for index, punkt in enumerate(bild.programm) for nummer in punkt.gruppen}
        return self._folge(
            Arbeitsgruppe.objects.filter(konferenz=self.konferenz),
            [
                Soll(
                    f"{gruppe.nummer} {gruppe.titel}",
                    {
                        "nummer": gruppe.nummer,
                        "titel": gruppe.titel,
                        "fragestellung": gruppe.fragestellung,
                        "unterfragen": "\n".join(gruppe.unterfragen),
                        "programmpunkt_id": _pk(punkte, punkt_von.get(gruppe.nummer)),
                        "konferenz_id": self.konferenz.pk,
                    },
                    # What is printed is finished; until the conference is released nobody sees it.
                    {"status": Arbeitsgruppe.Status.FREIGEGEBEN},
                )
                for gruppe in bild.gruppen
            ],
            schluessel=lambda gruppe: f"{gruppe.nummer} {gruppe.titel}",
            ort="Arbeitsgruppen",
            einmalig="nummer",
            paaren=gruppen_zuordnen,
        )

    def _moderation(self, gruppe: Arbeitsgruppe, bild: Gruppenbild) -> None:
        ort, stelle = f"AG {bild.nummer}, Moderation", f"moderation {gruppe.pk}"
        # A person renamed since the last import is still the one that the file means.
        self._wiedererkennen(stelle, [moderation.person.name for moderation in bild.moderation])
        bekannt = {
            w["_schluessel"]: w.get("person_id") for w in self.basis.values() if w["_stelle"] == stelle
        }
        angaben: dict[int, tuple[str, str]] = {}
        for moderation in bild.moderation:
            name = moderation.person.name
            pk = bekannt.get(name)
            if pk is None or not Person.objects.filter(pk=pk).exists():
                pk = self._person(moderation.person).pk
            angaben.setdefault(pk, (name, moderation.angabe))
        self._folge(
            Moderation.objects.filter(arbeitsgruppe=gruppe).select_related("person"),
            [
                Soll(name, {"person_id": pk, "angabe": angabe, "arbeitsgruppe_id": gruppe.pk})
                for pk, (name, angabe) in angaben.items()
            ],
            schluessel=lambda moderation: str(moderation.person),
            ort=ort,
            bereich=("arbeitsgruppe_id",),
            stelle=stelle,
            paaren=nur_gleiche,
        )

    def _abschnitte(self, gruppe: Arbeitsgruppe, bild: Gruppenbild) -> list[Abschnitt | None]:
        soll = []
        for abschnitt in bild.abschnitte:
            einordnung_ = {"kategorie": abschnitt.kategorie, "herkunft": abschnitt.herkunft}
            # The category of a heading that nobody knew is the organiser's to set, not the file's.
            bekannt = einordnung(abschnitt.ueberschrift) is not None
            werte = {"ueberschrift": abschnitt.ueberschrift, "arbeitsgruppe_id": gruppe.pk}
            werte |= einordnung_ if bekannt else {}
            soll.append(Soll(abschnitt.ueberschrift, werte, {} if bekannt else einordnung_))
        return self._folge(
            Abschnitt.objects.filter(arbeitsgruppe=gruppe),
            soll,
            schluessel=lambda abschnitt: abschnitt.ueberschrift,
            ort=f"AG {bild.nummer}, Abschnitte",
            bereich=("arbeitsgruppe_id",),
            stelle=f"abschnitte {gruppe.pk}",
        )

    def _aeusserungen(
        self, gruppe: Arbeitsgruppe, bild: Gruppenbild, abschnitte: list[Abschnitt | None]
    ) -> None:
        ort = f"{self.konferenz.slug} AG {bild.nummer}"
        # All statements of the group at once, so that one that moved under another heading stays itself.
        ziele = [abschnitt.pk for abschnitt in abschnitte if abschnitt]
        vorhanden = Aeusserung.objects.filter(
            Q(abschnitt__arbeitsgruppe=gruppe) | Q(abschnitt__in=ziele)
        ).order_by("abschnitt__position", "uebergeordnet__position", "position")
        eintraege = [
            (abschnitt, aeusserung)
            for abschnitt, abschnittsbild in zip(abschnitte, bild.abschnitte, strict=True)
            if abschnitt
            for aeusserung in abschnittsbild.aeusserungen
        ]
        gespeichert = self._folge(
            vorhanden.eintraege(),
            [
                Soll(
                    a.text,
                    {
                        "text": a.text,
                        "neue_seite": a.neue_seite,
                        "abschnitt_id": abschnitt.pk,
                        "uebergeordnet_id": None,
                    },
                    saat=f"{ort}\n{abschnitt.ueberschrift}\n{a.text}",
                )
                for abschnitt, a in eintraege
            ],
            schluessel=lambda aeusserung: aeusserung.text,
            ort=f"AG {bild.nummer}",
            bereich=("abschnitt_id", "uebergeordnet_id"),
            stelle=f"eintraege {gruppe.pk}",
        )
        self._folge(
            vorhanden.exclude(uebergeordnet=None),
            [
                Soll(
                    punkt.text,
                    {
                        "text": punkt.text,
                        "uebergeordnet_id": eintrag.pk,
                        "abschnitt_id": eintrag.abschnitt_id,
                    },
                    saat=f"{ort}\n{aeusserung.text}\n{punkt.text}",
                )
                for eintrag, (_, aeusserung) in zip(gespeichert, eintraege, strict=True)
                if eintrag and eintrag.uebergeordnet_id is None
                for punkt in aeusserung.unterpunkte
            ],
            schluessel=lambda aeusserung: aeusserung.text,
            ort=f"AG {bild.nummer}, Unterpunkte",
            bereich=("abschnitt_id", "uebergeordnet_id"),
            stelle=f"unterpunkte {gruppe.pk}",
        )

    def _person(self, bild: Personenbild) -> Person:
        """Return the person of that name, a new one where there is none."""
        gleiche = Person.objects.filter(titel=bild.titel, vorname=bild.vorname, nachname=bild.nachname)
        person = gleiche.order_by("pk").first()
        if person is None:
            person = Person(titel=bild.titel, vorname=bild.vorname, nachname=bild.nachname)
            if Person.objects.filter(
                vorname=bild.vorname, nachname=bild.nachname, organisation="", ort=""
            ).exists():
                # Told apart by the printed title only, so the new row needs something else that differs.
                person.organisation = "(bitte ergänzen)"
            self._speichern(person, "Personen")
        return person

    # --- rows -------------------------------------------------------------------------------------

    def _folge(
        self,
        vorhanden: QuerySet[Any],
        soll: list[Soll],
        *,
        schluessel: Callable[[Any], str],
        ort: str,
        stelle: str = "",
        bereich: tuple[str, ...] = (),
        einmalig: str = "",
        paaren: Callable[[Sequence[str], Sequence[str]], list[int | None]] = zuordnen,
    ) -> list[Any]:
        """Make rows what the file says of them.

        `vorhanden`: the rows that stand here; what the last import put here and somebody moved away
        counts as well. `schluessel` names a row by its text, `paaren` tells which old name a new one
        is. `bereich`: the fields in whose scope positions count, none if the model has no position;
        `einmalig`: a number that only one row may have. `ort` says in the report where this is,
        `stelle` in the base (it stays when a group gets another number).
        Return the row of each `soll`, None for one that somebody deleted since.
        """
        stelle = stelle or ort
        self._wiedererkennen(stelle, [s.schluessel for s in soll])
        modell = vorhanden.model
        hier = [
            row for row in vorhanden if self.basis.get(_name(row), {"_stelle": stelle})["_stelle"] == stelle
        ]
        weg = self._weggegangen(modell, stelle, {row.pk for row in hier})
        rows = hier + list(modell._default_manager.filter(pk__in=weg))
        namen = [self.basis.get(_name(row), {}).get("_schluessel") or schluessel(row) for row in rows]
        paare = paaren(namen, [s.schluessel for s in soll])
        geloescht = {
            self.basis[weg[pk]]["_schluessel"]: weg[pk] for pk in weg.keys() - {row.pk for row in rows}
        }
        ziele: list[Any] = []
        zu_speichern: list[Any] = []
        for index, s in zip(paare, soll, strict=True):
            if index is not None:
                row = rows[index]
                if self._angleichen(row, s, ort):
                    zu_speichern.append(row)
            elif s.schluessel in geloescht and not self._zuruecknehmen(geloescht.pop(s.schluessel), ort, s):
                row = None
            else:
                row = modell(**s.werte, **s.nur_neu)
                row.saat = s.saat
                zu_speichern.append(row)
            ziele.append(row)
        uebrig = [
            row for index, row in enumerate(rows) if index not in set(paare) and _name(row) in self.basis
        ]
        if bereich:
            self._ordnen(modell, bereich, [z for z in ziele if z], rows, uebrig, zu_speichern, ort)
        else:
            self._ausweichen(modell, rows, zu_speichern, einmalig)
            for row in zu_speichern:
                self._speichern(row, ort)
        self.ueberzaehlig += [(row, ort, bereich) for row in uebrig]
        for row, s in zip(ziele, soll, strict=True):
            if row:
                self._merken(row, s, stelle)
        return ziele

    def _wiedererkennen(self, stelle: str, schluessel: Sequence[str]) -> None:
        """Tell which of these in the file are rows whose text was erased, for as long as the import takes."""
        for name, werte in self.basis.items():
            if werte["_stelle"] == stelle and isinstance(werte["_schluessel"], dict):
                self.abdruecke[name] = werte["_schluessel"]
                werte["_schluessel"] = passender(werte["_schluessel"], schluessel) or ""

    def _bleibende_basis(self, name: str) -> dict[str, Any]:
        """Return what the last import remembered of a row, to be remembered further."""
        abdruck = {"_schluessel": self.abdruecke[name]} if name in self.abdruecke else {}
        return {**self.basis[name], **abdruck}

    def _weggegangen(self, modell: Any, stelle: str, pks: set[int]) -> dict[int, str]:
        """Return the rows that the last import wrote here and that no longer stand here, by key."""
        return {
            int(pk): name
            for name, werte in self.basis.items()
            for modellname, pk in [name.split(":")]
            if werte["_stelle"] == stelle and modellname == modell._meta.model_name and int(pk) not in pks
        }

    def _ausweichen(self, modell: Any, rows: list[Any], zu_speichern: list[Any], feld: str) -> None:
        """Make room for rows that change a number; where another row keeps it, take the next free one."""
        modell.objects.filter(pk__in=[row.pk for row in zu_speichern]).update(**{feld: F(feld) + PARKPLATZ})
        belegt = {getattr(row, feld) for row in rows if row not in zu_speichern}
        for row in zu_speichern:
            while getattr(row, feld) in belegt:
                setattr(row, feld, getattr(row, feld) + 1)
            belegt.add(getattr(row, feld))

    def _ordnen(
        self,
        modell: Any,
        bereich: tuple[str, ...],
        ziele: list[Any],
        rows: list[Any],
        uebrig: list[Any],
        zu_speichern: list[Any],
        ort: str,
    ) -> None:
        """Give every row its position in all scopes that the file's rows stand in, and save what changed.

        Both databases check a unique position row by row, so rows that change their place are first
        parked far beyond all positions. What is about to be deleted stays parked.
        """

        def platz(row: Any) -> tuple[Any, ...]:
            return tuple(getattr(row, feld) for feld in bereich)

        bekannt = {row.pk: row for row in [*rows, *ziele] if row.pk}
        gehend = {row.pk for row in uebrig}
        umzuege = list(uebrig)
        for scope in dict.fromkeys(platz(row) for row in ziele):
            datei = [row for row in ziele if platz(row) == scope]
            im_bereich = modell.objects.filter(**dict(zip(bereich, scope, strict=True))).order_by("position")
            alte_position = {row.pk: row.position for row in im_bereich}
            bank = [bekannt.get(row.pk, row) for row in im_bereich if row.pk not in gehend]
            bank = [row for row in bank if platz(row) == scope]
            for position, row in enumerate(self._reihenfolge(datei, bank, ort), 1):
                if row.pk and alte_position.get(row.pk) != position:
                    umzuege.append(row)
                row.position = position
        modell.objects.filter(pk__in=[row.pk for row in umzuege]).update(position=F("position") + PARKPLATZ)
        for row in zu_speichern:
            self._speichern(row, ort)
        umgestellt = [row for row in umzuege if row not in zu_speichern and row.pk not in gehend]
        if umgestellt:
            nachruecken(umgestellt)
            self.ergebnis.gezaehlt["geaendert"] += len(umgestellt)

    def _reihenfolge(self, datei: list[Any], bank: list[Any], ort: str) -> list[Any]:
        """Return the rows of one scope in the order of the file, or in an order made by hand.

        A row that the leading order lacks stands behind its predecessor of the other.
        """
        alt = [row for row in bank if _name(row) in self.basis and row in datei]
        von_hand = alt != sorted(alt, key=lambda row: self.basis[_name(row)]["_platz"])
        if von_hand:
            self.ergebnis.bearbeitet.append(f"{ort}: Reihenfolge von Hand geändert")
        fuehrend, weitere = (bank, datei) if von_hand and not self.ueberschreiben else (datei, bank)
        ergebnis = list(fuehrend)
        enthalten = set(map(id, ergebnis))
        for index, row in enumerate(weitere):
            if id(row) not in enthalten:
                davor = next((r for r in reversed(weitere[:index]) if id(r) in enthalten), None)
                ergebnis.insert(ergebnis.index(davor) + 1 if davor else 0, row)
                enthalten.add(id(row))
        return ergebnis

    def _angleichen(self, row: Any, soll: Soll, ort: str) -> bool:
        """Set the fields of a row that the file changed; return whether there were any."""
        geaendert = False
        for feld, wert in soll.werte.items():
            ist = getattr(row, feld)
            if _json(ist) == _json(wert):
                continue
            basis = self.basis.get(_name(row), {}).get(feld)
            bearbeitet = _json(ist) != basis
            if bearbeitet:
                self.ergebnis.bearbeitet.append(
                    f"{ort}, {_feldname(row, feld)}: „{_feldwert(row, feld, ist)}“ "
                    f"(in der Datei: „{_feldwert(row, feld, wert)}“)"
                )
            if not bearbeitet or (self.ueberschreiben and basis != ENTFALLEN):
                setattr(row, feld, wert)
                geaendert = True
                if isinstance(row, Aeusserung) and feld == "text":
                    row.original = None  # the file says how it was recorded: no editor changed this
        return geaendert

    def _zuruecknehmen(self, name: str, ort: str, soll: Soll) -> bool:
        """Report a row deleted by hand; return whether the file brings it back."""
        self.ergebnis.bearbeitet.append(f"{ort}: gelöscht (in der Datei: „{_lesbar(soll.schluessel)}“)")
        if not self.ueberschreiben:
            self.stand[name] = self._bleibende_basis(name)
        return self.ueberschreiben

    def _entfernen(self, row: Any, ort: str, bereich: tuple[str, ...]) -> None:
        """Delete a row that the file no longer has, unless somebody worked on it or below it."""
        meldung = f"{ort}: „{_lesbar(row)}“ (nicht mehr in der Datei)"
        darunter = list(_mit_abhaengigen(row))
        if not any(map(self._bearbeitet, darunter)):
            row.delete()
            self.ergebnis.gezaehlt["entfernt"] += 1
        elif self.ueberschreiben and not any(map(self._von_hand, darunter)):
            self.ergebnis.bearbeitet.append(meldung)
            row.delete()
            self.ergebnis.gezaehlt["entfernt"] += 1
        else:
            (self.ergebnis.geblieben if self.ueberschreiben else self.ergebnis.bearbeitet).append(meldung)
            for bleibend in darunter:
                if _name(bleibend) in self.basis:
                    self.stand.setdefault(_name(bleibend), self._bleibende_basis(_name(bleibend)))
            if bereich:
                self._ans_ende(row, bereich)

    def _ans_ende(self, row: Any, bereich: tuple[str, ...]) -> None:
        """Take a row that stays from its parking place to the end of its scope."""
        zeilen = type(row).objects.filter(**{feld: getattr(row, feld) for feld in bereich})
        letzte = zeilen.filter(position__lt=PARKPLATZ).aggregate(letzte=Max("position"))["letzte"] or 0
        zeilen.filter(pk=row.pk).update(position=letzte + 1)
        verzeichnen(zeilen.filter(pk=row.pk))

    def _von_hand(self, row: Any) -> bool:
        """Whether somebody added the row; neither the last import wrote it nor this one."""
        return _name(row) not in self.basis and _name(row) not in self.stand

    def _bearbeitet(self, row: Any) -> bool:
        """Whether the row is not as the last import wrote it."""
        basis = self.basis.get(_name(row)) or self.stand.get(_name(row))
        return basis is None or any(
            _json(getattr(row, feld)) != wert for feld, wert in basis.items() if not feld.startswith("_")
        )

    def _merken(self, row: Any, soll: Soll, stelle: str) -> None:
        basis = self.basis.get(_name(row), {})
        self.stand[_name(row)] = {
            **{
                feld: ENTFALLEN if basis.get(feld) == ENTFALLEN else _json(wert)
                for feld, wert in soll.werte.items()
            },
            "_stelle": stelle,
            "_platz": len(self.stand),
            "_schluessel": self.abdruecke.get(_name(row), soll.schluessel),
        }

    def _speichern(self, row: Any, ort: str) -> None:
        """Save a row with its history. Raise Quellenfehler where a value breaks a rule of the data."""
        try:
            row.clean_fields(exclude=["position"])
            for regel in row._meta.constraints:
                if isinstance(regel, CheckConstraint):
                    regel.validate(type(row), row)
        except ValidationError as fehler:
            raise Quellenfehler(
                f"{ort}: „{_lesbar(row)}“ passt nicht ({fehler.messages[0].rstrip('.')}). "
                f"Berichtigen Sie die Datei."
            ) from fehler
        self.ergebnis.gezaehlt["geaendert" if row.pk else "angelegt"] += 1
        if not row.pk and isinstance(row, Aeusserung):
            # Only now, when those before it have theirs: equal statements need different ones.
            row.kennung = neue_kennung(row.saat)  # type: ignore[attr-defined]
        row.save()


def _name(row: Model) -> str:
    """Return what names a row in the base."""
    return f"{row._meta.model_name}:{row.pk}"


def _json(wert: Any) -> Any:
    return wert.isoformat() if isinstance(wert, date | time) else wert


def _lesbar(wert: Any) -> str:
    text = str(wert).replace("\n", " ")
    return text if len(text) <= 80 else f"{text[:79]}…"


def _feldname(row: Any, feld: str) -> str:
    return str(row._meta.get_field(feld).verbose_name)


def _feldwert(row: Any, feld: str, wert: Any) -> str:
    """Return a field's value as readers know it: names for keys, words for switches and choices."""
    modellfeld = row._meta.get_field(feld)
    if modellfeld.is_relation:
        return _lesbar(modellfeld.related_model._base_manager.filter(pk=wert).first() or "–")
    if isinstance(wert, bool):
        return "ja" if wert else "nein"
    return _lesbar(dict(modellfeld.flatchoices).get(wert, wert))


def _pk(rows: Sequence[Model | None], index: int | None) -> int | None:
    """Return the key of the row at `index`, None where either is missing."""
    row = rows[index] if index is not None else None
    return row.pk if row else None


def _mit_abhaengigen(row: Any) -> Iterator[Any]:
    """Yield row and everything that would be deleted with it."""
    yield row
    for beziehung in row._meta.related_objects:
        if beziehung.on_delete is CASCADE and beziehung.get_accessor_name():
            for kind in getattr(row, beziehung.get_accessor_name()).all():
                yield from _mit_abhaengigen(kind)
