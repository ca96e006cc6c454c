"""Bringing together what two people made of the same group: line by line, and nothing of either is lost.

Three states are compared: what both began with, mine, and what has been stored meanwhile. What only one of
them changed is taken over; where both changed the same line, or one changed what the other deleted, it is a
conflict for a person to decide. Lines are told apart by their key, which for stored ones is the Kennung.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple


class Ort(NamedTuple):
    """Where a line stands: directly in an Abschnitt (its key), or under a statement (its key)."""

    abschnitt: str = ""
    eltern: str = ""


@dataclass(frozen=True, slots=True)
class Kopf:
    """An Abschnitt without its statements."""

    ueberschrift: str
    kategorie: str
    herkunft: str


@dataclass(frozen=True, slots=True)
class Zeile:
    """A statement or sub-point."""

    text: str
    ort: Ort
    neue_seite: bool = False


@dataclass(slots=True, eq=False)
class Stand:
    """What a group holds: Abschnitte and lines by their keys, both in the order of the page."""

    koepfe: dict[str, Kopf] = field(default_factory=dict)
    zeilen: dict[str, Zeile] = field(default_factory=dict)

    def __eq__(self, anderer: object) -> bool:
        if not isinstance(anderer, Stand):
            return NotImplemented
        # Dictionaries are equal in whatever order; here the order is part of what a group holds.
        return [*self.koepfe.items(), *self.zeilen.items()] == [
            *anderer.koepfe.items(),
            *anderer.zeilen.items(),
        ]

    __hash__ = None  # type: ignore[assignment]  # it changes

    def folgen(self) -> dict[Ort, list[str]]:
        """Return the keys of the lines at every place that has any, in order."""
        folgen: dict[Ort, list[str]] = {}
        for schluessel, zeile in self.zeilen.items():
            folgen.setdefault(zeile.ort, []).append(schluessel)
        return folgen

    def abschnitt_von(self, schluessel: str) -> str:
        """Return the key of the Abschnitt in which a line stands."""
        ort = self.zeilen[schluessel].ort
        return self.zeilen[ort.eltern].ort.abschnitt if ort.eltern else ort.abschnitt


class Wahl(StrEnum):
    """How a conflict can be decided."""

    MEINE = "meine"
    ANDERE = "andere"
    BEIDE = "beide"


@dataclass(frozen=True, slots=True)
class Konflikt:
    """Where both changed the same; a state is None where the line or Abschnitt was deleted.

    `feld` names what of it: „text“ of a line, or „ueberschrift“, „kategorie“, „herkunft“ of an Abschnitt.
    """

    schluessel: str
    feld: str
    basis: str | None
    meine: str | None
    andere: str | None

    @property
    def name(self) -> str:
        """What names the conflict in a form; another one as soon as what was stored is another again."""
        inhalt = repr((self.schluessel, self.feld, self.basis, self.meine, self.andere))
        return f"konflikt-{sha256(inhalt.encode()).hexdigest()[:16]}"

    @property
    def wahlen(self) -> list[Wahl]:
        """Return what can be chosen; two texts of a line can both stay, as statements of their own."""
        beide = self.feld == "text" and self.meine is not None and self.andere is not None
        return [*([Wahl.BEIDE] if beide else []), Wahl.MEINE, Wahl.ANDERE]

    @property
    def vorschlag(self) -> Wahl:
        """Return the choice by which nothing is lost."""
        if Wahl.BEIDE in self.wahlen:
            return Wahl.BEIDE
        return Wahl.ANDERE if self.meine is None else Wahl.MEINE


@dataclass(frozen=True, slots=True)
class Zusammenfuehrung:
    """The state that both make together; with open conflicts it holds what their suggestions make of it."""

    stand: Stand
    konflikte: tuple[Konflikt, ...]


def zusammengefuehrt(
    basis: Stand, meine: Stand, andere: Stand, entscheidungen: Mapping[str, str] | None = None
) -> Zusammenfuehrung:
    """Bring together `meine` and `andere`, which both began as `basis`.

    `entscheidungen` decides conflicts by their names. Keys that `basis` does not hold are those of new
    lines and never the same in the other two.
    """
    return _Zusammenfuehrung(basis, meine, andere, entscheidungen or {}).ergebnis()


class _Zusammenfuehrung:
    def __init__(self, basis: Stand, meine: Stand, andere: Stand, entscheidungen: Mapping[str, str]) -> None:
        self.basis, self.meine, self.andere = self.drei = basis, meine, andere
        self.entscheidungen = entscheidungen
        self.offen: list[Konflikt] = []
        self.dazu: dict[str, str] = {}  # my text of a line that stays as well: its new key to the line's

    def ergebnis(self) -> Zusammenfuehrung:
        zeilen = self._mit_eltern(self._zeilen())
        for neuer, alter in self.dazu.items():
            zeilen[neuer] = replace(zeilen[alter], text=self.meine.zeilen[alter].text, neue_seite=False)
        koepfe = self._koepfe({zeile.ort.abschnitt for zeile in zeilen.values()})
        folgen = Stand(zeilen=zeilen).folgen()
        bisherige = [stand.folgen() for stand in self.drei]
        for ort, schluessel in folgen.items():
            folgen[ort] = _folge(schluessel, *(folge.get(ort, []) for folge in bisherige))
        for neuer, alter in self.dazu.items():
            folge = folgen[zeilen[neuer].ort]
            folge.remove(neuer)
            folge.insert(folge.index(alter) + 1, neuer)
        stand = Stand({k: koepfe[k] for k in _folge(koepfe, *(list(stand.koepfe) for stand in self.drei))})
        for abschnitt in stand.koepfe:
            for eintrag in folgen.get(Ort(abschnitt), []):
                for k in (eintrag, *folgen.get(Ort(eltern=eintrag), [])):
                    stand.zeilen[k] = zeilen[k]
        return Zusammenfuehrung(stand, tuple(self.offen))

    def _entschieden(self, konflikt: Konflikt) -> Wahl:
        wahl = self.entscheidungen.get(konflikt.name)
        if wahl not in konflikt.wahlen:
            self.offen.append(konflikt)
            return konflikt.vorschlag
        return Wahl(wahl)

    def _zeilen(self) -> dict[str, Zeile]:
        """Return the lines that stay, in no particular order."""
        zeilen = {}
        for schluessel in dict.fromkeys((*self.andere.zeilen, *self.meine.zeilen)):
            if zeile := self._zeile(schluessel, *(stand.zeilen.get(schluessel) for stand in self.drei)):
                zeilen[schluessel] = zeile
        return zeilen

    def _zeile(
        self, schluessel: str, basis: Zeile | None, meine: Zeile | None, andere: Zeile | None
    ) -> Zeile | None:
        if basis is None:
            return meine or andere
        if meine is None or andere is None:
            bleibende = meine or andere
            if bleibende is None or bleibende == basis:
                return None
            texte = [zeile.text if zeile else None for zeile in (meine, andere)]
            wahl = self._entschieden(Konflikt(schluessel, "text", basis.text, *texte))
            return meine if wahl == Wahl.MEINE else andere
        text = self._text(schluessel, basis, meine, andere)
        return Zeile(
            text,
            # Only the place of a line is at stake here, none of its words: mine counts.
            meine.ort if meine.ort != basis.ort else andere.ort,
            meine.neue_seite if meine.neue_seite != basis.neue_seite else andere.neue_seite,
        )

    def _text(self, schluessel: str, basis: Zeile, meine: Zeile, andere: Zeile) -> str:
        if meine.text == basis.text or meine.text == andere.text:
            return andere.text
        if andere.text == basis.text:
            return meine.text
        wahl = self._entschieden(Konflikt(schluessel, "text", basis.text, meine.text, andere.text))
        if wahl == Wahl.BEIDE:
            self.dazu[f"dazu-{schluessel}"] = schluessel
        return meine.text if wahl == Wahl.MEINE else andere.text

    def _mit_eltern(self, zeilen: dict[str, Zeile]) -> dict[str, Zeile]:
        """Let every sub-point stand under a statement: one that was deleted comes back with it.

        A statement that became a sub-point hands its own over to the statement above it.
        """
        for zeile in list(zeilen.values()):
            eltern = zeile.ort.eltern
            if eltern and eltern not in zeilen:
                zurueck = next(s.zeilen[eltern] for s in reversed(self.drei) if eltern in s.zeilen)
                zeilen[eltern] = replace(zurueck, ort=self._ort(eltern))
        for schluessel, zeile in zeilen.items():
            gesehen = {schluessel}
            while (eltern := zeile.ort.eltern) and zeilen[eltern].ort.eltern:
                if eltern in gesehen:  # each under the other, by two people: both stand for themselves
                    zeile = replace(zeile, ort=self._ort(schluessel))
                    break
                gesehen.add(eltern)
                zeile = replace(zeile, ort=zeilen[eltern].ort)
            zeilen[schluessel] = zeile
        return zeilen

    def _ort(self, schluessel: str) -> Ort:
        """Return a place of its own for a line that some state has under another."""
        stand = next(stand for stand in reversed(self.drei) if schluessel in stand.zeilen)
        return Ort(stand.abschnitt_von(schluessel))

    def _koepfe(self, gebraucht: set[str]) -> dict[str, Kopf]:
        """Return the Abschnitte that stay: one that somebody deleted stays as long as lines stand in it."""
        koepfe = {}
        for schluessel in dict.fromkeys((*self.andere.koepfe, *self.meine.koepfe, *self.basis.koepfe)):
            basis, meine, andere = (stand.koepfe.get(schluessel) for stand in self.drei)
            bleibender = meine or andere or basis
            assert bleibender  # noqa: S101  # one of the three has it
            if basis is None:
                koepfe[schluessel] = bleibender
            elif meine and andere:
                koepfe[schluessel] = Kopf(
                    **{
                        feld: self._feld(schluessel, feld, basis, meine, andere)
                        for feld in ("ueberschrift", "kategorie", "herkunft")
                    }
                )
            elif schluessel in gebraucht or bleibender != basis:
                koepfe[schluessel] = bleibender
        return koepfe

    def _feld(self, schluessel: str, feld: str, basis: Kopf, meine: Kopf, andere: Kopf) -> str:
        b, m, a = (getattr(kopf, feld) for kopf in (basis, meine, andere))
        if m in (b, a):
            return a
        if a == b:
            return m
        wahl = self._entschieden(Konflikt(schluessel, feld, b, m, a))
        return m if wahl == Wahl.MEINE else a


def _folge(
    bleibende: Iterable[str], basis: Sequence[str], meine: Sequence[str], andere: Sequence[str]
) -> list[str]:
    """Return the keys that stay in one order: that of `andere`, in which mine are put where I put them.

    What I added or moved stands behind what stands before it in my order; what others added at the same
    place goes first.
    """
    uebrig = set(bleibende)
    bewegt = uebrig.intersection(meine).difference(in_folge(basis, meine))
    folge = [k for k in andere if k in uebrig and k not in bewegt]
    fremde = set(andere) - set(basis)
    # What nobody moved but stands in none of the two orders any more comes from the common one.
    for ordnung in (meine, basis):
        davor = None
        for schluessel in ordnung:
            if schluessel in uebrig and schluessel not in folge:
                stelle = folge.index(davor) + 1 if davor else 0
                while stelle < len(folge) and folge[stelle] in fremde:
                    stelle += 1
                folge.insert(stelle, schluessel)
            if schluessel in folge:
                davor = schluessel
    return folge + [k for k in bleibende if k not in folge]


def in_folge(alte: Sequence[str], neue: Sequence[str]) -> Iterator[str]:
    """Yield the keys that stand in the same order in both."""
    for a, _, laenge in SequenceMatcher(None, alte, neue, autojunk=False).get_matching_blocks():
        yield from alte[a : a + laenge]
