"""The colours of groups and categories, the same in every form of the Heft and on the pages.

Every colour has a contrast of more than 5 : 1 on white (WCAG AA asks 4.5 : 1), and none says anything
that does not stand beside it in words.
"""

# Neighbours differ most in hue, so that groups that follow each other are told apart.
GRUPPENFARBEN = (
    "#0b6272",  # petrol
    "#a8321f",  # brick
    "#5a3d9a",  # violet
    "#8a5a00",  # ochre
    "#1d5fa5",  # blue
    "#a3246c",  # magenta
    "#3f6b1d",  # moss
    "#6b4a3a",  # umber
)

# By the values of Abschnitt.Kategorie.
KATEGORIEFARBEN = {
    "gut": "#2c7a4b",
    "hakt": "#c05621",
    "loesung": "#1f6fb2",
    "weiteres": "#5b6f7a",
}


def gruppenfarbe(nummer: int) -> str:
    """Return the colour of the group with this number (counted from 1) as `#rrggbb`.

    The palette begins anew after its last colour.
    """
    return GRUPPENFARBEN[(nummer - 1) % len(GRUPPENFARBEN)]


def kategoriefarbe(kategorie: str) -> str:
    """Return the colour of a category as `#rrggbb`. Raises KeyError for what is no category."""
    return KATEGORIEFARBEN[kategorie]
