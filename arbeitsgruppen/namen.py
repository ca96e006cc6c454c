"""Names and titles as printed, taken apart and compared."""

import re

from arbeitsgruppen.bild import Personenbild

ANREDE = re.compile(r"((Frau|Herr|Professor(in)?|Prof\.|PD|Dr\.|Dr\.-Ing\.|Dipl\.-\w+\.?|h\. ?c\.)\s+)+")
NAMENSZUSATZ = {"von", "vom", "van", "de", "der", "den", "zu", "zum", "zur", "di", "da", "el", "al", "ten"}


def person(name: str) -> Personenbild:
    """Take a printed name apart into academic title, first names and surname."""
    treffer = ANREDE.match(name + " ")
    titel = treffer[0].strip() if treffer else ""
    worte = name[len(titel) :].split()
    schnitt = max(len(worte) - 1, 0)
    while schnitt > 1 and worte[schnitt - 1].lower() in NAMENSZUSATZ:
        schnitt -= 1
    return Personenbild(titel, " ".join(worte[:schnitt]), " ".join(worte[schnitt:]) or titel)


def kurzform(text: str) -> str:
    """Return a text without white space, hyphens and case, to recognise headings and titles."""
    return re.sub(r"[\s‐–—-]", "", text).casefold()
