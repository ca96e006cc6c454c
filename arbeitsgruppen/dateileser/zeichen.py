"""Signs that Office programs take from symbol fonts, as the characters that they show."""

WINGDINGS = {
    0xDF: "←",
    0xE0: "→",
    0xE8: "➔",
    0xF0: "⇨",
    0x4A: "☺",
    0x4C: "☹",
    0xFC: "✔",
    0xFB: "✘",
    0xA7: "▪",
    0xD8: "➢",
}
_TABELLE = WINGDINGS | {0xF000 + stelle: zeichen for stelle, zeichen in WINGDINGS.items()}


def aus_wingdings(text: str) -> str:
    """Return a text that is set in Wingdings in the characters of Unicode; what is not known stays."""
    return text.translate(_TABELLE)
