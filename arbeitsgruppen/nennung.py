"""Where a person is named in texts: with or without title, in either order, in addresses of all kinds."""

import re
import unicodedata
from functools import cached_property
from typing import Any

ERSATZ = "[Name gelöscht]"
ERSATZ_IN_ADRESSEN = "name-geloescht"
# What may stand before a name and goes with it.
ANREDEN = r"(?:(?:Herrn?|Frau|Professor(?:in)?|Prof\.|PD|Dr\.(?:-Ing\.)?|Dipl\.-\w+\.?|h\. ?c\.|M\. ?A\.)\s+)"
GENITIV = r"(?:['’]?s|['’])?"
UMSCHRIFT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


class Nennung:
    """A name, and how it occurs in texts.

    The surname alone is not taken for the person: it may be somebody else's, or a common word.
    """

    def __init__(self, vorname: str, nachname: str) -> None:
        self.vorname, self.nachname = vorname.strip(), nachname.strip()

    def __str__(self) -> str:
        return f"{self.vorname} {self.nachname}".strip()

    def ist(self, vorname: str, nachname: str) -> bool:
        """Whether this is the name of somebody called so, in whatever case."""
        return (vorname.casefold(), nachname.casefold()) == (
            self.vorname.casefold(),
            self.nachname.casefold(),
        )

    @cached_property
    def _im_text(self) -> re.Pattern[str]:
        n, v = _schreibweisen(self.nachname), _schreibweisen(self.vorname)
        formen = [rf"{ANREDEN}+{n}"]
        if self.vorname:
            formen += [rf"{ANREDEN}*{v}(?:\s+\w+\.?)?[\s_-]+{n}", rf"{n},\s*{ANREDEN}*{v}"]
        # A double-barrelled name is another one.
        return re.compile(rf"(?<![\w-])(?:{'|'.join(formen)}){GENITIV}(?!\w|-\w)", re.IGNORECASE)

    @cached_property
    def _im_postfach(self) -> re.Pattern[str]:
        n = _schreibweisen(self.nachname)
        return re.compile(rf"[\w.+-]*(?<![^\W_]){n}(?![^\W_])[\w.+-]*@[\w.-]*\w", re.IGNORECASE)

    @cached_property
    def _in_adresse(self) -> re.Pattern[str]:
        formen = [f"{v}-{n}" for v in _klein(self.vorname) for n in _klein(self.nachname)]
        return re.compile("|".join(map(re.escape, formen))) if self.vorname else re.compile(r"(?!)")

    @cached_property
    def _allein(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-]){_schreibweisen(self.nachname)}{GENITIV}(?!\w|-\w)")

    def in_text(self, text: str) -> bool:
        """Whether the text names the person."""
        return any(muster.search(text) for muster in (self._im_text, self._im_postfach))

    def in_adresse(self, adresse: str) -> bool:
        """Whether a slug or the name of a file names the person."""
        return bool(self._in_adresse.search(adresse.lower())) or self.in_text(adresse)

    def vielleicht_in(self, text: str) -> bool:
        """Whether the surname stands in the text by itself."""
        return bool(self._allein.search(text)) and not self.in_text(text)

    def ohne(self, text: str) -> str:
        """Return the text with something else in the place of the name."""
        return self._im_text.sub(ERSATZ, self._im_postfach.sub(ERSATZ, text))

    def ohne_in_adresse(self, adresse: str) -> str:
        """Return a slug with something else in the place of the name."""
        return self._in_adresse.sub(ERSATZ_IN_ADRESSEN, adresse)

    def ohne_in(self, wert: Any) -> Any:
        """Return data as JSON has it with something else in the place of the name, wherever it stands."""
        if isinstance(wert, str):
            return self.ohne(wert)
        if isinstance(wert, list):
            return [self.ohne_in(teil) for teil in wert]
        if isinstance(wert, dict):
            return {self.ohne(schluessel): self.ohne_in(teil) for schluessel, teil in wert.items()}
        return wert


def _schreibweisen(name: str) -> str:
    """Return a pattern for a name as it is, and written without umlauts and accents."""
    formen = dict.fromkeys((name, name.translate(UMSCHRIFT), _ohne_zeichen(name)))
    return (
        "(?:" + "|".join(r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", form))) for form in formen) + ")"
    )


def _klein(name: str) -> list[str]:
    formen = (name.translate(UMSCHRIFT), _ohne_zeichen(name))
    return list(dict.fromkeys(re.sub(r"[^a-z0-9]+", "-", form.lower()).strip("-") for form in formen))


def _ohne_zeichen(text: str) -> str:
    zerlegt = unicodedata.normalize("NFD", text.replace("ß", "ss").replace("ı", "i"))
    return "".join(zeichen for zeichen in zerlegt if not unicodedata.combining(zeichen))
