"""The headings that working groups are known to use, with category and origin."""

import re
import unicodedata

from arbeitsgruppen.models import Abschnitt

_K, _H = Abschnitt.Kategorie, Abschnitt.Herkunft

# Searched from top to bottom, for the whole heading.
REGELN = [
    (r"was (läuft|lief) (bei ihnen |derzeit |schon )?gut\?", _K.GUT, _H.TEILNEHMENDE),
    (
        r"was (läuft|lief) (bei ihnen |derzeit )?nicht (so )?gut\?( wo hakt es( gerade)?\?)?",
        _K.HAKT,
        _H.TEILNEHMENDE,
    ),
    (r"wo hakt es( gerade)?\?", _K.HAKT, _H.TEILNEHMENDE),
    (r"((mögliche|individuelle|strukturelle) )?lösungsansätze", _K.LOESUNG, _H.TEILNEHMENDE),
    (r"herausforderungen und mögliche lösungsansätze", _K.LOESUNG, _H.TEILNEHMENDE),
    (r"lösungsqualitäten", _K.LOESUNG, _H.TEILNEHMENDE),
    (r"rückblick\b.*", _K.WEITERES, _H.RUECKBLICK),
    (r"kleingruppen zu den .*fragen", _K.WEITERES, _H.LEITFRAGE),
    (r"gutes integrationsmanagement - worauf kommt es an\?", _K.WEITERES, _H.TEILNEHMENDE),
    (r"wer muss beteiligt sein\?.*", _K.WEITERES, _H.TEILNEHMENDE),
    (r"gibt es beispiele für .*", _K.WEITERES, _H.TEILNEHMENDE),
    (r"übersicht(en)?\b.*", _K.WEITERES, _H.TEILNEHMENDE),
]

# What is offered where a heading is typed, the usual three of a group first.
GELAEUFIGE = (
    "Was läuft gut?",
    "Was läuft nicht gut? Wo hakt es?",
    "Mögliche Lösungsansätze",
    "Individuelle Lösungsansätze",
    "Strukturelle Lösungsansätze",
    "Herausforderungen und mögliche Lösungsansätze",
    "Lösungsqualitäten",
    "Gutes Integrationsmanagement - worauf kommt es an?",
    "Wer muss beteiligt sein?",
    "Rückblick",
)
GRUNDGERUEST = GELAEUFIGE[:3]


def einordnung(ueberschrift: str) -> tuple[str, str] | None:
    """Return category and origin of a known heading, None for one never seen."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", ueberschrift)).strip().lower()
    text = re.sub(r"[–—‐]", "-", text)
    for muster, kategorie, herkunft in REGELN:
        if re.fullmatch(muster, text):
            return kategorie.value, herkunft.value
    return None
