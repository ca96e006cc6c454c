"""Draw from static/symbol.svg what can't be SVG: icons for old browsers, and a picture for shared links.

To be run by hand after the symbol has changed; what it draws is committed.
"""

from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image
from weasyprint import HTML

STATISCH = Path(__file__).parent.parent / "static"
SYMBOL = (STATISCH / "symbol.svg").as_uri()
SCHRIFT = STATISCH.parent / "node_modules" / "@kern-ux" / "native" / "dist" / "fonts" / "fira-sans"
SCHNITTE = "".join(
    f"@font-face {{ font-family: Fira; font-weight: {staerke};"
    f" src: url({(SCHRIFT / f'FiraSans-{name}.woff2').as_uri()}) }}"
    for name, staerke in (("Regular", 400), ("SemiBold", 600))
)
GRUND, BLAU, DUNKEL = "#ffffff", "#4a6fd0", "#171a2b"


def gezeichnet(breite: int, hoehe: int, inhalt: str, stil: str) -> Image.Image:
    """Return a picture of this size in pixels."""
    seite = f"@page {{ size: {breite}px {hoehe}px; margin: 0 }} body {{ margin: 0 }} {stil}"
    pdf = HTML(string=f"<style>{seite}</style>{inhalt}").write_pdf()
    with pypdfium2.PdfDocument(pdf) as dokument:
        bild: Image.Image = dokument[0].render(scale=96 / 72, fill_color=(0, 0, 0, 0)).to_pil()
    return bild.resize((breite, hoehe), Image.Resampling.LANCZOS)


def main() -> None:
    """Write all pictures to their places."""
    gross = gezeichnet(256, 256, f'<img src="{SYMBOL}">', "img { width: 256px; display: block }")
    gross.save(STATISCH / "wurzel" / "favicon.ico", sizes=[(16, 16), (32, 32), (48, 48)])
    rand = f"html {{ background: {GRUND} }} img {{ width: 140px; margin: 20px; display: block }}"
    apfel = gezeichnet(180, 180, f'<img src="{SYMBOL}">', rand)
    apfel.convert("RGB").quantize(32).save(STATISCH / "wurzel" / "apple-touch-icon.png", optimize=True)
    karte = gezeichnet(
        1200,
        630,
        f'<img src="{SYMBOL}"><h1>Konferenz­dokumentation</h1>'
        "<p>Was in den Arbeitsgruppen gesagt wurde: wörtlich, mit dauerhafter Adresse.</p>",
        f"html {{ background: {GRUND}; border-bottom: 24px solid {BLAU}; height: 606px }}"
        f"{SCHNITTE} body {{ padding: 84px 90px 0; color: {DUNKEL}; font-family: Fira; width: 1020px }}"
        "img { width: 140px; display: block; margin-bottom: 30px }"
        "h1 { font-size: 84px; font-weight: 600; line-height: 1.1; margin: 0 0 24px }"
        "p { font-size: 38px; line-height: 1.35; margin: 0 }",
    )
    puffer = BytesIO()
    karte.convert("RGB").quantize(64).save(puffer, "PNG", optimize=True)
    (STATISCH / "teilen.png").write_bytes(puffer.getvalue())


if __name__ == "__main__":
    main()
