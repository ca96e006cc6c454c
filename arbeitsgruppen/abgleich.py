"""Writing the picture of an import into the database, with edits made since the last import kept.

Three states are compared for every row: what the file says, what the database holds, and what the
file said at the last import (the base, kept in `Importstand`). Where database and base agree, nobody
edited the row and the file is followed; where they differ, the edit stays and is reported, unless the
caller wants it overwritten. Rows added by hand always stay.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from difflib import SequenceMatcher
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CASCADE, F, Model

from arbeitsgruppen.bild import Gruppenbild, Konferenzbild, Personenbild, Vortragsbild
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation
from arbeitsgruppen.quelle import Quellenfehler
from arbeitsgruppen.ueberschriften import einordnung
from konferenz.models import Folie, Konferenz, Person, Programmpunkt, Textseite, Vortrag

# Two texts that share this part of their characters in order are one text, corrected.
AEHNLICH = 0.6
# Rows are parked beyond this position while their order changes; see `_platzieren`.
PARKPLATZ = 1_000_000


@dataclass
class Soll:
    """A row as the file has it."""

    schluessel: str  # by what it is recognised
    werte: dict[str, Any]  # what the file says of it
    nur_neu: dict[str, Any] = field(default_factory=dict)  # what only a new row takes over


@dataclass
class Ergebnis:
    """What an import did and what it left alone."""

    gezaehlt: Counter[str] = field(default_factory=Counter)  # angelegt, geaendert, entfernt
    bearbeitet: list[str] = field(default_factory=list)  # edits kept, or overwritten where that was asked for


def zuordnen(alt: Sequence[str], neu: Sequence[str], *, aehnlich: bool = True) -> list[int | None]:
    """Return for each text in `neu` the index of the text in `alt` that it is, or None.

    Equal texts in order come first, then equal texts that moved, then corrected texts: the most
    similar pairs between the same neighbours, at least `AEHNLICH` by difflib's ratio (if `aehnlich`).
    """
    zuordnung: list[int | None] = [None] * len(neu)
    bloecke = SequenceMatcher(None, alt, neu, autojunk=False).get_opcodes()
    for art, a1, a2, b1, _b2 in bloecke:
        if art == "equal":
            for versatz in range(a2 - a1):
                zuordnung[b1 + versatz] = a1 + versatz
    frei = defaultdict[str, list[int]](list)
    vergeben = set(zuordnung)
    for index, text in enumerate(alt):
        if index not in vergeben:
            frei[text].append(index)
    for index, text in enumerate(neu):
        if zuordnung[index] is None and frei[text]:
            zuordnung[index] = frei[text].pop(0)
    vergeben = set(zuordnung)
    for _art, a1, a2, b1, b2 in bloecke if aehnlich else ():
        paare = sorted(
            (
                (
                    SequenceMatcher(None, alt[i], neu[j], autojunk=False).ratio(),
                    -abs((i - a1) - (j - b1)),
                    i,
                    j,
                )
                for i in range(a1, a2)
                for j in range(b1, b2)
                if i not in vergeben and zuordnung[j] is None
            ),
            reverse=True,
        )
        for aehnlichkeit, _naehe, i, j in paare:
            if aehnlichkeit >= AEHNLICH and i not in vergeben and zuordnung[j] is None:
                zuordnung[j] = i
                vergeben.add(i)
    return zuordnung


class Abgleich:
    """One import into one conference; `stand` is the base for the next import."""

    def __init__(self, konferenz: Konferenz, basis: dict[str, dict[str, Any]], *, ueberschreiben: bool):
        self.konferenz = konferenz
        self.basis = basis
        self.ueberschreiben = ueberschreiben
        self.stand: dict[str, dict[str, Any]] = {}
        self.ergebnis = Ergebnis()
        self.ueberzaehlig: list[tuple[Model, str]] = []  # rows that the file no longer has

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
        for row, ort in reversed(self.ueberzaehlig):
            self._entfernen(row, ort)

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
            Programmpunkt,
            self.konferenz.programmpunkte.all(),
            [Soll(punkt.titel, {name: getattr(punkt, name) for name in felder}) for punkt in bild.programm],
            schluessel=("titel",),
            eltern={"konferenz_id": self.konferenz.pk},
            ort="Programm",
        )

    def _vortraege(self, bild: Konferenzbild, punkte: list[Programmpunkt | None]) -> list[Vortrag | None]:
        vortraege = self._folge(
            Vortrag,
            self.konferenz.vortraege.all(),
            [
                Soll(
                    v.titel,
                    {"titel": v.titel, "programmpunkt_id": _pk(punkte, v.programmpunkt)},
                    {"slug": v.slug},
                )
                for v in bild.vortraege
            ],
            schluessel=("titel",),
            eltern={"konferenz_id": self.konferenz.pk},
            ort="Vorträge",
        )
        for vortrag, vortragsbild in zip(vortraege, bild.vortraege, strict=True):
            # Who speaks is taken over once; later it is easier said in the admin than in a file.
            if vortrag and not vortrag.vortragende.exists() and _name(vortrag) not in self.basis:
                vortrag.vortragende.add(*(self._person(person) for person in vortragsbild.vortragende))
        return vortraege

    def _folien(self, vortrag: Vortrag, bild: Vortragsbild) -> None:
        self._folge(
            Folie,
            vortrag.folien.all(),
            [
                Soll(
                    f"{folie.ueberschrift}\n{folie.text}",
                    {"art": folie.art, "ueberschrift": folie.ueberschrift, "text": folie.text},
                )
                for folie in bild.folien
            ],
            schluessel=("ueberschrift", "text"),
            eltern={"vortrag_id": vortrag.pk},
            ort=f"Vortrag „{vortrag.titel}“",
        )

    def _textseiten(self, bild: Konferenzbild) -> None:
        self._folge(
            Textseite,
            self.konferenz.textseiten.all(),
            [
                Soll(
                    f"{seite.ueberschrift}\n{seite.text}",
                    {"seite": seite.seite, "ueberschrift": seite.ueberschrift, "text": seite.text},
                )
                for seite in bild.textseiten
            ],
            schluessel=("ueberschrift", "text"),
            eltern={"konferenz_id": self.konferenz.pk},
            ort="Textseiten",
            geordnet=False,
            einmalig="seite",
        )

    def _gruppen(self, bild: Konferenzbild, punkte: list[Programmpunkt | None]) -> list[Arbeitsgruppe | None]:
        punkt_von = {nummer: index for index, punkt in enumerate(bild.programm) for nummer in punkt.gruppen}
        return self._folge(
            Arbeitsgruppe,
            self.konferenz.arbeitsgruppen.all(),
            [
                Soll(
                    str(gruppe.nummer),
                    {
                        "titel": gruppe.titel,
                        "fragestellung": gruppe.fragestellung,
                        "unterfragen": "\n".join(gruppe.unterfragen),
                        "programmpunkt_id": _pk(punkte, punkt_von.get(gruppe.nummer)),
                    },
                    {"nummer": gruppe.nummer},
                )
                for gruppe in bild.gruppen
            ],
            schluessel=("nummer",),
            eltern={"konferenz_id": self.konferenz.pk},
            ort="Arbeitsgruppen",
            geordnet=False,
            aehnlich=False,
        )

    def _moderation(self, gruppe: Arbeitsgruppe, bild: Gruppenbild) -> None:
        personen = {self._person(m.person).pk: m.angabe for m in bild.moderation}
        self._folge(
            Moderation,
            gruppe.moderationen.all(),
            [Soll(str(pk), {"angabe": angabe}, {"person_id": pk}) for pk, angabe in personen.items()],
            schluessel=("person_id",),
            eltern={"arbeitsgruppe_id": gruppe.pk},
            ort=f"AG {gruppe.nummer}, Moderation",
            aehnlich=False,
        )

    def _abschnitte(self, gruppe: Arbeitsgruppe, bild: Gruppenbild) -> list[Abschnitt | None]:
        soll = []
        for abschnitt in bild.abschnitte:
            einordnung_ = {"kategorie": abschnitt.kategorie, "herkunft": abschnitt.herkunft}
            # The category of a heading that nobody knew is the organiser's to set, not the file's.
            bekannt = einordnung(abschnitt.ueberschrift) is not None
            werte = {"ueberschrift": abschnitt.ueberschrift, **(einordnung_ if bekannt else {})}
            soll.append(Soll(abschnitt.ueberschrift, werte, {} if bekannt else einordnung_))
        return self._folge(
            Abschnitt,
            gruppe.abschnitte.all(),
            soll,
            schluessel=("ueberschrift",),
            eltern={"arbeitsgruppe_id": gruppe.pk},
            ort=f"AG {gruppe.nummer}, Abschnitte",
        )

    def _aeusserungen(
        self, gruppe: Arbeitsgruppe, bild: Gruppenbild, abschnitte: list[Abschnitt | None]
    ) -> None:
        # All statements of the group at once, so that one that moved under another heading stays itself.
        vorhanden = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe)
        eintraege = [
            (abschnitt, aeusserung)
            for abschnitt, abschnittsbild in zip(abschnitte, bild.abschnitte, strict=True)
            if abschnitt
            for aeusserung in abschnittsbild.aeusserungen
        ]
        gespeichert = self._folge(
            Aeusserung,
            vorhanden.eintraege().order_by("abschnitt__position", "position"),
            [
                Soll(a.text, {"text": a.text, "neue_seite": a.neue_seite, "abschnitt_id": abschnitt.pk})
                for abschnitt, a in eintraege
            ],
            schluessel=("text",),
            bereich="abschnitt_id",
            ort=f"AG {gruppe.nummer}",
        )
        self._folge(
            Aeusserung,
            vorhanden.exclude(uebergeordnet=None).order_by(
                "abschnitt__position", "uebergeordnet__position", "position"
            ),
            [
                Soll(
                    punkt.text,
                    {"text": punkt.text, "uebergeordnet_id": eintrag.pk},
                    {"abschnitt_id": eintrag.abschnitt_id},
                )
                for eintrag, (_, aeusserung) in zip(gespeichert, eintraege, strict=True)
                if eintrag
                for punkt in aeusserung.unterpunkte
            ],
            schluessel=("text",),
            bereich="uebergeordnet_id",
            ort=f"AG {gruppe.nummer}, Unterpunkte",
        )

    def _person(self, bild: Personenbild) -> Person:
        """Return the person of that name, a new one where there is none."""
        person = Person.objects.filter(vorname=bild.vorname, nachname=bild.nachname).order_by("pk").first()
        if person is None:
            person = Person(titel=bild.titel, vorname=bild.vorname, nachname=bild.nachname)
            self._speichern(person, "Personen")
        return person

    # --- rows -------------------------------------------------------------------------------------

    def _folge(
        self,
        modell: Any,
        vorhanden: Iterable[Any],
        soll: list[Soll],
        *,
        schluessel: tuple[str, ...],
        ort: str,
        eltern: dict[str, Any] | None = None,
        bereich: str = "",
        geordnet: bool = True,
        einmalig: str = "",
        aehnlich: bool = True,
    ) -> list[Any]:
        """Make the rows `vorhanden` what the file says of them.

        `schluessel`: fields that recognise a row, by similar text too if `aehnlich`; `eltern`: foreign
        keys of a new row; `bereich`: the foreign key in whose scope positions count; `geordnet`: whether
        the model has positions; `einmalig`: a number that only one row may have; `ort`: where this is,
        for the report.
        Return the row of each `soll`, None for one that somebody deleted since.
        """
        rows = list(vorhanden)
        plaetze = {row.pk: (getattr(row, bereich, None), getattr(row, "position", None)) for row in rows}
        namen = ["\n".join(str(self._basiswert(row, feld)) for feld in schluessel) for row in rows]
        paare = zuordnen(namen, [s.schluessel for s in soll], aehnlich=aehnlich)
        geloescht = self._von_hand_geloescht(modell, ort, set(plaetze))
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
                row = modell(**(eltern or {}), **s.werte, **s.nur_neu)
                zu_speichern.append(row)
            ziele.append(row)
        uebrig = [row for index, row in enumerate(rows) if index not in set(paare)]
        if geordnet:
            self._ordnen(modell, [z for z in ziele if z], rows, uebrig, plaetze, bereich, zu_speichern, ort)
        else:
            if einmalig:
                self._ausweichen(modell, rows, zu_speichern, einmalig)
            for row in zu_speichern:
                self._speichern(row, ort)
        self.ueberzaehlig += [(row, ort) for row in uebrig if _name(row) in self.basis]
        for row, s in zip(ziele, soll, strict=True):
            if row:
                self._merken(row, s, ort)
        return ziele

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
        ziele: list[Any],
        rows: list[Any],
        uebrig: list[Any],
        plaetze: dict[int, tuple[Any, Any]],
        bereich: str,
        zu_speichern: list[Any],
        ort: str,
    ) -> None:
        """Give every row its position and save what changed.

        Both databases check a unique position row by row, so rows that change their place are first
        parked far beyond all positions.
        """
        umzuege = []
        for scope in dict.fromkeys(getattr(row, bereich, None) for row in [*ziele, *rows]):
            datei = [row for row in ziele if getattr(row, bereich, None) == scope]
            bank = [row for row in rows if getattr(row, bereich, None) == plaetze[row.pk][0] == scope]
            for position, row in enumerate(self._reihenfolge(datei, bank, uebrig, ort), 1):
                row.position = position
                if row.pk and plaetze[row.pk] != (scope, position):
                    umzuege.append(row)
        modell.objects.filter(pk__in=[row.pk for row in umzuege]).update(position=F("position") + PARKPLATZ)
        for row in zu_speichern:
            self._speichern(row, ort)
        for row in umzuege:
            if row not in zu_speichern:
                modell.objects.filter(pk=row.pk).update(position=row.position)

    def _reihenfolge(self, datei: list[Any], bank: list[Any], uebrig: list[Any], ort: str) -> list[Any]:
        """Return the rows of one scope in the order of the file, or in an order made by hand.

        A row that the leading order lacks stands behind its predecessor of the other; what the file
        no longer has and nobody added goes last, since it is about to be deleted.
        """
        alt = [row for row in bank if _name(row) in self.basis and row in datei]
        von_hand = alt != sorted(alt, key=lambda row: self.basis[_name(row)]["_platz"])
        if von_hand:
            self.ergebnis.bearbeitet.append(f"{ort}: Reihenfolge von Hand geändert")
        behalten = [row for row in bank if row not in uebrig or _name(row) not in self.basis]
        fuehrend, weitere = (behalten, datei) if von_hand and not self.ueberschreiben else (datei, behalten)
        ergebnis = list(fuehrend)
        for index, row in enumerate(weitere):
            if row not in ergebnis:
                davor = next((r for r in reversed(weitere[:index]) if r in ergebnis), None)
                ergebnis.insert(ergebnis.index(davor) + 1 if davor else 0, row)
        return ergebnis + [row for row in bank if row not in ergebnis]

    def _angleichen(self, row: Any, soll: Soll, ort: str) -> bool:
        """Set the fields of a row that the file changed; return whether there were any."""
        geaendert = False
        for feld, wert in soll.werte.items():
            ist = getattr(row, feld)
            if _json(ist) == _json(wert):
                continue
            bearbeitet = _json(ist) != self.basis.get(_name(row), {}).get(feld)
            if bearbeitet:
                self.ergebnis.bearbeitet.append(f"{ort}: „{_lesbar(ist)}“ (in der Datei: „{_lesbar(wert)}“)")
            if not bearbeitet or self.ueberschreiben:
                setattr(row, feld, wert)
                geaendert = True
        return geaendert

    def _zuruecknehmen(self, name: str, ort: str, soll: Soll) -> bool:
        """Report a row deleted by hand; return whether the file brings it back."""
        self.ergebnis.bearbeitet.append(f"{ort}: gelöscht (in der Datei: „{_lesbar(soll.schluessel)}“)")
        if not self.ueberschreiben:
            self.stand[name] = self.basis[name]
        return self.ueberschreiben

    def _entfernen(self, row: Any, ort: str) -> None:
        """Delete a row that the file no longer has, unless somebody worked on it or below it."""
        if self._unberuehrt(row) or (self.ueberschreiben and not _enthaelt(row, self._neu)):
            if not self._unberuehrt(row):
                self.ergebnis.bearbeitet.append(f"{ort}: „{_lesbar(row)}“ (nicht mehr in der Datei)")
            row.delete()
            self.ergebnis.gezaehlt["entfernt"] += 1
        else:
            self.ergebnis.bearbeitet.append(f"{ort}: „{_lesbar(row)}“ (nicht mehr in der Datei)")
            self.stand[_name(row)] = self.basis[_name(row)]

    def _neu(self, row: Any) -> bool:
        return _name(row) not in self.basis and _name(row) not in self.stand

    def _unberuehrt(self, row: Any) -> bool:
        """Whether row and everything below it are as the last import wrote them."""

        def bearbeitet(row: Any) -> bool:
            basis = self.basis.get(_name(row)) or self.stand.get(_name(row))
            return basis is None or any(
                _json(getattr(row, feld)) != wert for feld, wert in basis.items() if not feld.startswith("_")
            )

        return not _enthaelt(row, bearbeitet)

    def _von_hand_geloescht(self, modell: Any, ort: str, pks: set[int]) -> dict[str, str]:
        """Return, by key, the names of rows that the last import wrote here and that are gone."""
        return {
            werte["_schluessel"]: name
            for name, werte in self.basis.items()
            for modellname, pk in [name.split(":")]
            if werte["_ort"] == ort and modellname == modell._meta.model_name and int(pk) not in pks
        }

    def _basiswert(self, row: Any, feld: str) -> Any:
        return self.basis.get(_name(row), {}).get(feld, getattr(row, feld))

    def _merken(self, row: Any, soll: Soll, ort: str) -> None:
        self.stand[_name(row)] = {
            **{feld: _json(wert) for feld, wert in soll.werte.items()},
            "_ort": ort,
            "_platz": len(self.stand),
            "_schluessel": soll.schluessel,
        }

    def _speichern(self, row: Any, ort: str) -> None:
        """Save a row with its history. Raise Quellenfehler where a value does not fit its field."""
        try:
            row.clean_fields(exclude=["position"])
        except ValidationError as fehler:
            feld, meldungen = next(iter(fehler.message_dict.items()))
            raise Quellenfehler(
                f"{ort}: {row._meta.get_field(feld).verbose_name} „{_lesbar(getattr(row, feld))}“ "
                f"passt nicht ({meldungen[0].rstrip('.')}). Berichtigen Sie die Datei."
            ) from fehler
        self.ergebnis.gezaehlt["geaendert" if row.pk else "angelegt"] += 1
        row.save()


def _name(row: Model) -> str:
    """Return what names a row in the base."""
    return f"{row._meta.model_name}:{row.pk}"


def _json(wert: Any) -> Any:
    return wert.isoformat() if isinstance(wert, date | time) else wert


def _lesbar(wert: Any) -> str:
    text = str(_json(wert)).replace("\n", " ")
    return text if len(text) <= 80 else f"{text[:79]}…"


def _pk(rows: Sequence[Model | None], index: int | None) -> int | None:
    """Return the key of the row at `index`, None where either is missing."""
    row = rows[index] if index is not None else None
    return row.pk if row else None


def _enthaelt(row: Any, bedingung: Callable[[Any], bool]) -> bool:
    """Whether `bedingung` holds for row or for anything that would be deleted with it."""
    return bedingung(row) or any(
        _enthaelt(kind, bedingung)
        for beziehung in row._meta.related_objects
        if beziehung.on_delete is CASCADE and beziehung.get_accessor_name()
        for kind in getattr(row, beziehung.get_accessor_name()).all()
    )
