"""Put all pages of a Heft on one picture for review:  python skripte/heft_bogen.py HEFT.pdf BOGEN.png"""

import argparse
from contextlib import closing
from math import ceil
from pathlib import Path

import pypdfium2
from PIL import Image

BREITE = 2400  # pixels of the whole picture
ABSTAND = 8
GRUND = "#808080"


def bogen(heft: Path) -> Image.Image:
    """Return the pages side by side, landscape ones six and portrait ones ten in a row."""
    with closing(pypdfium2.PdfDocument(heft)) as dokument:
        breite, hoehe = dokument[0].get_size()
        spalten = 6 if breite > hoehe else 10
        kachel = (BREITE - ABSTAND) // spalten - ABSTAND
        seiten = [seite.render(scale=kachel / seite.get_width()).to_pil() for seite in dokument]
    zeile = max(seite.height for seite in seiten) + ABSTAND
    bild = Image.new("RGB", (BREITE, ceil(len(seiten) / spalten) * zeile + ABSTAND), GRUND)
    for nummer, seite in enumerate(seiten):
        stelle = (nummer % spalten * (kachel + ABSTAND), nummer // spalten * zeile)
        bild.paste(seite, (stelle[0] + ABSTAND, stelle[1] + ABSTAND))
    return bild


def main() -> None:
    """Parse the command line and write the picture."""
    parser = argparse.ArgumentParser(description="Alle Seiten eines Hefts auf einem Bild.")
    parser.add_argument("heft", type=Path, metavar="HEFT.pdf")
    parser.add_argument("ziel", type=Path, metavar="BOGEN.png")
    gewaehlt = parser.parse_args()
    bogen(gewaehlt.heft).save(gewaehlt.ziel, optimize=True)
    print(f"Bogen geschrieben: {gewaehlt.ziel}")


if __name__ == "__main__":
    main()
