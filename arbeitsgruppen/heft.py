"""The Heft, the documentation booklet: from the frozen picture of a conference to what the renderer needs.

Reads neither database nor request. The two forms say which parts there are (folien.py, bericht.py); here
they become HTML, with the fonts, pictures and attachments that they need.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from html import unescape
from io import BytesIO
from urllib.parse import unquote

from django.conf import settings
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.text import Truncator
from PIL import Image

from arbeitsgruppen import bericht, folien
from arbeitsgruppen.auswahl import Auswahl, Form, ausgewaehlt
from arbeitsgruppen.bericht import Berichtsteil, Quelle
from arbeitsgruppen.bild import Konferenzbild
from arbeitsgruppen.daten import als_csv, als_json
from arbeitsgruppen.folien import Folienseite
from arbeitsgruppen.satz import SEITE, SEITEN, Anhang, Satz, Teil
from arbeitsgruppen.schriften import SCHRIFTEN, ersetzungen
from konferenz.speicher import Speicherausfall


@dataclass(frozen=True, slots=True)
class Heft:
    """What is to be set, and what could not be shown in it.

    In the place of `fehlende_bilder` (names in the storage) stands their description, in the place of
    `fehlende_zeichen` their code point.
    """

    satz: Satz
    fehlende_bilder: tuple[str, ...] = ()
    fehlende_zeichen: tuple[str, ...] = ()

    @property
    def hinweise(self) -> list[str]:
        """What could not be shown, in sentences for an editor."""
        saetze = [
            f"Bild fehlt: {name}. An seiner Stelle steht im Heft die Bildbeschreibung."
            for name in self.fehlende_bilder
        ]
        if self.fehlende_zeichen:
            zeichen = ", ".join(f"{z} (U+{ord(z):04X})" for z in self.fehlende_zeichen)
            saetze.append(f"Zeichen, die keine Schrift hat, stehen im Heft als Nummer: {zeichen}.")
        return saetze


def heft(bild: Konferenzbild, auswahl: Auswahl = Auswahl(), stand: date | None = None) -> Heft:  # noqa: B008
    """Return the Heft of a conference, or of what was chosen of it.

    `stand` is the day of the last change. Raises GruppeFehlt when the conference has no such group.
    """
    bild = ausgewaehlt(bild, auswahl)
    nur = bild.gruppen[0] if len(auswahl.gruppen) == 1 else None
    daten = als_json(bild, settings.SITE_URL)
    liste: Sequence[Folienseite | Berichtsteil]
    if auswahl.form == Form.BERICHT:
        adresse = f"{settings.SITE_URL}/{bild.slug}/"
        liste = bericht.teile(bild, Quelle(adresse, sha256(daten).hexdigest(), stand))
    else:
        liste = folien.seiten(bild, nur, auswahl.auszug)
    bilder, fehlende_bilder = _bilder(bild)
    for teil in liste:
        bilder.update(teil.bilder)
    namen = {name: f"{sha256(inhalt).hexdigest()[:16]}" for name, inhalt in bilder.items()}
    tag = date_format(bild.datum, "j. F Y")
    kontext: dict[str, object] = {
        "bild": bild,
        "auszug": auswahl.auszug,
        "fuss": _fuss(bild.titel, tag, auswahl.auszug),
        "seite": SEITE,
        "seiten": SEITEN,
    }
    stuecke: list[tuple[Folienseite | Berichtsteil, str, str]] = []
    for teil in liste:
        kontext["teil"] = teil
        html = render_to_string(f"heft/{auswahl.form}/{teil.vorlage}.html", kontext)
        rand = render_to_string(f"heft/{auswahl.form}-rand.html", kontext)
        stuecke.append((teil, _mit_bildern(html, namen), rand))
    titel = f"AG {nur.nummer}: {nur.titel} – {bild.titel}" if nur else bild.titel
    if auswahl.auszug:
        titel = f"{bild.titel} (Auszug: {auswahl.auszug})"
    ersatz = ersetzungen({zeichen for _, html, rand in stuecke for zeichen in html + rand})
    tabelle = str.maketrans(ersatz)
    satz = Satz(
        titel=titel.translate(tabelle).strip() or "Dokumentation",
        kennung=sha256(f"{auswahl.anfrage}\n{stand}".encode() + daten).hexdigest()[:32],
        autor=bild.veranstalter.translate(tabelle).strip(),
        beschreibung=f"Dokumentation der Konferenz „{bild.titel}“ vom {tag}".translate(tabelle),
        geaendert=stand.isoformat() if stand else "",
        stil=_stil(auswahl.form),
        randstil=_stil(f"{auswahl.form}-rand"),
        teile=tuple(
            Teil(teil.name, html.translate(tabelle), rand.translate(tabelle), teil.einpassen, teil.verweise)
            for teil, html, rand in stuecke
        ),
        bilder={namen[name]: inhalt for name, inhalt in bilder.items()},
        anhaenge=(
            Anhang("daten.json", "application/json", "Alle Daten des Hefts, maschinenlesbar", daten),
            Anhang("daten.csv", "text/csv", "Die Äußerungen als Tabelle", als_csv(bild, settings.SITE_URL)),
        ),
    )
    return Heft(
        satz,
        fehlende_bilder,
        tuple(zeichen for zeichen, durch in ersatz.items() if durch.startswith("[")),
    )


def _fuss(titel: str, tag: str, auszug: str) -> str:
    """Return the footer, short enough for the form with the narrower page.

    Shortened here, not by the renderer: its ellipsis would stand for all the text that it hides, also
    where a statement has one.
    """
    angaben = [f"Auszug: {auszug}"] if auszug else []
    return Truncator(" · ".join([*angaben, Truncator(titel).chars(60), tag])).chars(80)


def _stil(name: str) -> str:
    regeln = "".join(schrift.regel for schrift in SCHRIFTEN.values())
    return regeln + render_to_string(f"heft/{name}.css")


def _bilder(bild: Konferenzbild) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the content of the slides' pictures by name, and the names of those that cannot be shown.

    Raises Speicherausfall: a picture that is only out of reach for now is not missing.
    """
    da: dict[str, bytes] = {}
    fehlend: list[str] = []
    for name in (folie.bild for vortrag in bild.vortraege for folie in vortrag.folien if folie.bild):
        try:
            with default_storage.open(name) as datei:
                inhalt = datei.read()
            Image.open(BytesIO(inhalt)).verify()
            da[name] = inhalt
        except Speicherausfall:
            raise
        except (OSError, SyntaxError, Image.DecompressionBombError):  # not there, or no picture
            fehlend.append(name)
    return da, tuple(fehlend)


def _mit_bildern(html: str, namen: Mapping[str, str]) -> str:
    """Name pictures by their content: the renderer keeps what it laid out, and a name can be given anew."""

    def adresse(treffer: re.Match[str]) -> str:
        return f'src="bild:{namen.get(unquote(unescape(treffer[1])), "")}"'

    return re.sub(r'src="bild:([^"]+)"', adresse, html)
