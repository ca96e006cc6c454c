"""Text folded for searching: what readers take for the same letters and words becomes the same characters.

The folding exists three times and must be the same each time: `falten()` for what is searched for, the same
function inside SQLite, and a function of PostgreSQL that is made from the same table. A generated column
holds it beside the text, so that no way of writing can leave it behind.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from string import ascii_lowercase, digits
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, GeneratedField, TextField

# What joins the parts of a word: Online-Nachhilfe, Lehrer*innen, Kolleg:innen, Kurs(e), geht's.
# Both is kept then, the parts and the whole.
FUGEN = "-‐‑*:_/'’()"
# Latin with all its accents, Greek, Cyrillic, the punctuation of books. What lies outside stays as it is.
BEREICHE = ((0x00, 0x24F), (0x300, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0xFEFF, 0xFEFF))
OHNE_ZERLEGUNG = dict(zip("øØłŁđĐı", "oollddi", strict=True)) | {
    **dict.fromkeys("ßẞ", "ss"),
    **dict.fromkeys("æÆ", "ae"),
    **dict.fromkeys("œŒ", "oe"),
}
# Abbreviations in capitals, which say something else than the same letters as a word: IM, BUT.
GROSSE = "".join(map(chr, range(ord("A"), ord("Z") + 1))) + "ÄÖÜ"
KUERZEL = re.compile(rf"(?<![A-Za-zÄÖÜäöüß0-9])[{GROSSE}]{{2,3}}(?![A-Za-zÄÖÜäöüß0-9])")
KUERZELZEICHEN = "^"
# Separates the words from what else is known of them; no folded text has it otherwise.
TRENNER = "|"


def _gefaltetes_zeichen(zeichen: str) -> str:
    if zeichen in OHNE_ZERLEGUNG:
        return OHNE_ZERLEGUNG[zeichen]
    if zeichen in FUGEN:
        return "-"
    art = unicodedata.category(zeichen)
    if art in ("Mn", "Cf"):  # accents written by themselves, soft hyphens, marks of zero width
        return ""
    if art[0] not in "LN":
        return " "
    grund = (teil for teil in unicodedata.normalize("NFKD", zeichen) if unicodedata.category(teil) != "Mn")
    gefaltet = "".join(grund).casefold()
    return gefaltet if gefaltet.isalnum() else " "


TAFEL: dict[int, str] = {
    nummer: gefaltet
    for nummer in chain.from_iterable(range(erstes, letztes + 1) for erstes, letztes in BEREICHE)
    if (gefaltet := _gefaltetes_zeichen(chr(nummer))) != chr(nummer)
}


def falten(text: str) -> str:
    """Return a text as its folded words, a space before and after each; "" becomes a single space.

    ä, ö and ü become a, o and u (so that Amt is in Ämter), ß becomes ss, accents and case go. Behind `|`
    follow, once more as a whole, the words whose parts are joined by a hyphen or the like, and with `^` the
    abbreviations in capitals.
    """
    zeichen = text.translate(TAFEL)
    worte = [wort for wort in zeichen.replace("-", " ").split(" ") if wort]
    ganze = [teil.replace("-", "") for teil in zeichen.split(" ") if "-" in teil.strip("-")]
    ganze += [KUERZELZEICHEN + wort.translate(TAFEL) for wort in KUERZEL.findall(text)]
    return " ".join(["", *worte, *([TRENNER, *ganze] if ganze else []), ""]) if worte else " "


def nur_worte(text: str) -> str:
    """Return only the folded words of a text, so that two texts with the same words are equal."""
    return falten(text).split(TRENNER)[0].strip()


def kuerzel(text: str) -> str:
    """Return an abbreviation in capitals as a folded text has it; "" for anything else."""
    return KUERZELZEICHEN + text.translate(TAFEL) if KUERZEL.fullmatch(text) else ""


def stellen(text: str) -> tuple[str, list[int]]:
    """Return the folded words of a text, without the compounds behind `|`, and where they are from.

    The second has for each character of the first the index in `text`.
    """
    gefaltet, woher = [" "], [0]
    for index, zeichen in enumerate(text):
        for teil in TAFEL.get(ord(zeichen), zeichen).replace("-", " "):
            if teil != " " or gefaltet[-1] != " ":
                gefaltet.append(teil)
                woher.append(index)
    if gefaltet[-1] != " ":
        gefaltet.append(" ")
        woher.append(len(text))
    return "".join(gefaltet), woher


def ganze(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what `falten()` puts behind `|`, each with where it stands in the text (from, to)."""
    umriss = "".join(" " if TAFEL.get(ord(zeichen), zeichen) == " " else "x" for zeichen in text)
    for stelle in re.finditer("x+", umriss):
        teil = text[slice(*stelle.span())].translate(TAFEL)
        if "-" in teil.strip("-"):
            yield teil.replace("-", ""), *stelle.span()
    for wort in KUERZEL.finditer(text):
        yield kuerzel(wort[0]), *wort.span()


class Gefaltet(Func):
    """The folding as a database expression: what `falten()` returns for the texts, joined by spaces."""

    function = "kd_falten"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def faltspalte(*felder: str) -> GeneratedField:
    """Return the column that holds these fields of its model folded, kept by the database."""
    return GeneratedField(
        expression=Gefaltet(*felder), output_field=TextField(), db_persist=True, verbose_name="gefaltet"
    )


def in_sqlite(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Make the function known to a new connection to SQLite, which has no language of its own for it."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("kd_falten", 1, _falten_oder_nichts, deterministic=True)


def _falten_oder_nichts(text: str | None) -> str | None:
    # Triggers see rows whose columns are not filled yet.
    return None if text is None else falten(text)


def fuer_postgresql() -> str:
    """Return the SQL that makes the same function in PostgreSQL, from the same table."""
    # A change of the table needs a migration that makes the function again and fills the columns anew.
    # translate() looks each character up from the front: what texts consist of comes first, though it stays
    # as it is, or every letter would be compared with the whole table.
    bleibende = {ord(zeichen): zeichen for zeichen in f" {ascii_lowercase}{digits}"}
    einzelne = bleibende | {von: nach for von, nach in TAFEL.items() if von and len(nach) == 1}
    weg = [von for von, nach in TAFEL.items() if von and not nach]
    mehrere = {von: nach for von, nach in TAFEL.items() if len(nach) > 1}
    ausdruck = "$1"
    for von, nach in mehrere.items():
        ausdruck = f"replace({ausdruck}, U&'\\{von:04X}', '{nach}')"
    alte = "".join(f"\\{nummer:04X}" for nummer in [*einzelne, *weg])
    neue = "".join(f"\\{ord(nach):04X}" for nach in einzelne.values())
    kleine = GROSSE.translate(TAFEL)
    return f"""
        CREATE OR REPLACE FUNCTION kd_falten(text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
            WITH z AS (SELECT translate({ausdruck}, U&'{alte}', U&'{neue}') AS zeichen)
            SELECT regexp_replace(' ' || replace(zeichen, '-', ' ') || ' ', ' +', ' ', 'g')
                || coalesce('{TRENNER} ' || (
                    SELECT string_agg(ganzes, ' ' ORDER BY art, nummer)
                    FROM (
                        SELECT 1 AS art, nummer, replace(teil, '-', '') AS ganzes
                        FROM unnest(string_to_array(zeichen, ' ')) WITH ORDINALITY AS t (teil, nummer)
                        WHERE btrim(teil, '-') LIKE '%-%'
                        UNION ALL
                        SELECT 2, nummer, '{KUERZELZEICHEN}' || translate(teil[1], '{GROSSE}', '{kleine}')
                        FROM regexp_matches($1, '{KUERZEL.pattern}', 'g') WITH ORDINALITY AS t (teil, nummer)
                    ) AS alle
                ) || ' ', '')
            FROM z
        $$
    """  # noqa: S608  # nothing in it comes from outside
