"""The data of a conference as a workbook: a sheet for each kind, and one in front that says what this is."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.utils.formats import date_format

from arbeitsgruppen.arbeitsmappe import Blatt, Wert, arbeitsmappe
from arbeitsgruppen.bild import Konferenzbild
from arbeitsgruppen.daten import Zeile, zeilen
from arbeitsgruppen.models import Abschnitt
from konferenz.aufzaehlung import der_gruppen
from konferenz.herausgabe import Herausgabe

Angaben = list[tuple[str, Wert]]

WORTLAUT = (
    "Äußerungen sind wörtlich dokumentiert, mit allen Eigenheiten der Schreibung, und geben die Sicht der "
    "Teilnehmenden wieder. Wo „redaktionell geändert“ steht, hat die Redaktion den Wortlaut nach der "
    "Aufnahme geändert."
)


def als_xlsx(bild: Konferenzbild, adresse: str, stand: date | None) -> bytes:
    """Return a conference as XLSX; the same picture gives the same bytes.

    `adresse` is what the site's addresses begin with; `stand` the day of the last change, where it is known.
    """
    angaben = [("Was das ist", f"Daten der Konferenz „{bild.titel}“"), *_angaben_zur_konferenz(bild)]
    angaben += _angaben_zur_quelle(f"{adresse}/{bild.slug}/", stand, quellenangabe(bild, adresse, stand))
    if bild.zurueckgehaltene:
        angaben.append(
            ("Fehlt", f"die Ergebnisse {der_gruppen(bild.zurueckgehaltene)}, noch nicht freigegeben")
        )
    if bild.vorlaeufig:
        angaben.append(("Achtung", "Entwurf: Darin steht, was noch nicht freigegeben ist."))
    blaetter = [_ueber(angaben), _aeusserungen(zeilen(bild, adresse)), _gruppen(bild, adresse)]
    blaetter += [b for b in (_programm(bild), _vortraege(bild), _folien(bild)) if b.zeilen]
    blaetter += [b for b in (_mitwirkende(bild), _textseiten(bild)) if b.zeilen]
    return arbeitsmappe(blaetter, bild.titel, stand or bild.datum)


def zeilen_als_xlsx(gefundene: Iterable[Zeile], quelle: str, suche: str, stand: date) -> bytes:
    """Return any rows as XLSX.

    `quelle` is the address at which a reader sees the same statements, `suche` says in words what was looked
    for, `stand` is the day on which it was found.
    """
    angaben: Angaben = [("Was das ist", "Gefundene Äußerungen"), ("Gesucht", suche)]
    angaben += _angaben_zur_quelle(quelle, stand, "")
    return arbeitsmappe([_ueber(angaben), _aeusserungen(gefundene)], "Gefundene Äußerungen", stand)


def quellenangabe(bild: Konferenzbild, adresse: str, stand: date | None) -> str:
    """Return how to cite the documentation; arguments as in `als_xlsx`."""
    herausgeber = Herausgabe.eingestellte().herausgeber or bild.veranstalter
    teile = [
        f"{herausgeber}: {bild.titel}" if herausgeber else bild.titel,
        f"Dokumentation der Konferenz vom {date_format(bild.datum, 'j. F Y')}",
        f"{adresse}/{bild.slug}/" + (f" (Stand: {date_format(stand, 'j. F Y')})" if stand else ""),
    ]
    return ". ".join(teile)


def _angaben_zur_konferenz(bild: Konferenzbild) -> Angaben:
    angaben: Angaben = [
        ("Reihe", bild.reihe),
        ("Datum", bild.datum),
        ("Zeit", bild.zeit),
        ("Ort", bild.ort or bild.format),
        ("Veranstaltet von", bild.veranstalter),
        ("Zur Dokumentation", bild.hinweis),
    ]
    return [angabe for angabe in angaben if angabe[1]]


def _angaben_zur_quelle(adresse: str, stand: date | None, zitat: str) -> Angaben:
    herausgabe = Herausgabe.eingestellte()
    lizenz = herausgabe.lizenz
    angaben: Angaben = [
        ("Zum Wortlaut", WORTLAUT),
        ("Adresse", adresse),
        ("Stand", stand),
        ("Herausgegeben von", herausgabe.herausgeber),
        ("Lizenz", f"{lizenz.name}, {lizenz.adresse}" if lizenz else ""),
        ("Quellenangabe", zitat),
    ]
    return [angabe for angabe in angaben if angabe[1]]


def _ueber(angaben: Angaben) -> Blatt:
    return Blatt("Über diese Daten", (("Angabe", 22), ("Inhalt", 100)), angaben)


def _aeusserungen(gefundene: Iterable[Zeile]) -> Blatt:
    spalten = (
        ("Konferenz", 24),
        ("Datum", 12),
        ("AG", 6),
        ("Titel der AG", 24),
        ("Abschnitt", 28),
        ("Kategorie", 16),
        ("Herkunft", 20),
        ("Nr.", 6),
        ("Unterpunkt", 12),
        ("Äußerung", 80),
        ("Adresse", 34),
        ("redaktionell geändert", 14),
        ("Themen", 40),
    )
    return Blatt("Äußerungen", spalten, map(_aeusserung, gefundene))


def _aeusserung(zeile: Zeile) -> tuple[Wert, ...]:
    return (
        zeile.konferenz,
        zeile.datum,
        zeile.ag,
        zeile.ag_titel,
        zeile.abschnitt,
        Abschnitt.Kategorie(zeile.kategorie).label,
        Abschnitt.Herkunft(zeile.herkunft).label,
        zeile.nummer,
        zeile.unterpunkt,
        zeile.text,
        zeile.adresse,
        "ja" if zeile.redaktionell_geaendert else "",
        "; ".join(zeile.themen),
    )


def _gruppen(bild: Konferenzbild, adresse: str) -> Blatt:
    kategorien = list(Abschnitt.Kategorie)
    spalten = (
        ("AG", 6),
        ("Titel", 40),
        ("Fragestellung", 60),
        ("Teilfragen", 60),
        *((kategorie.label, 12) for kategorie in kategorien),
        ("Äußerungen der Teilnehmenden", 16),
        ("weitere Einträge", 12),
        ("freigegeben", 12),
        ("Adresse", 44),
    )
    return Blatt(
        "Arbeitsgruppen",
        spalten,
        [
            (
                gruppe.nummer,
                gruppe.titel,
                gruppe.fragestellung,
                "\n".join(gruppe.unterfragen),
                *(
                    None if gruppe.zurueckgehalten else gruppe.anzahl_je_kategorie[kategorie]
                    for kategorie in kategorien
                ),
                None if gruppe.zurueckgehalten else gruppe.anzahl,
                None if gruppe.zurueckgehalten else gruppe.weitere_eintraege,
                "ja" if gruppe.freigegeben else "nein",
                f"{adresse}/{bild.slug}/ag/{gruppe.nummer}/",
            )
            for gruppe in bild.gruppen
        ],
    )


def _programm(bild: Konferenzbild) -> Blatt:
    spalten = (("Beginn", 9), ("Programmpunkt", 60), ("Mitwirkende", 60), ("Arbeitsgruppen", 16))
    return Blatt(
        "Programm",
        spalten,
        [
            (f"{p.beginn:%H:%M}", p.titel, p.mitwirkende, ", ".join(map(str, p.gruppen)))
            for p in bild.programm
        ],
    )


def _vortraege(bild: Konferenzbild) -> Blatt:
    spalten = (("Vortrag", 60), ("Vortragende", 40), ("Programmpunkt", 40), ("Folien", 9))
    return Blatt(
        "Vorträge",
        spalten,
        [
            (
                vortrag.titel,
                ", ".join(person.name for person in vortrag.vortragende),
                "" if vortrag.programmpunkt is None else bild.programm[vortrag.programmpunkt].titel,
                len(vortrag.folien),
            )
            for vortrag in bild.vortraege
        ],
    )


def _folien(bild: Konferenzbild) -> Blatt:
    spalten = (("Vortrag", 40), ("Folie", 8), ("Überschrift", 40), ("Text", 80), ("Bildbeschreibung", 60))
    return Blatt(
        "Folien",
        spalten,
        [
            (vortrag.titel, nummer, folie.ueberschrift, folie.text, folie.bildbeschreibung)
            for vortrag in bild.vortraege
            for nummer, folie in enumerate(vortrag.folien, 1)
        ],
    )


def _mitwirkende(bild: Konferenzbild) -> Blatt:
    spalten = (("Titel", 12), ("Vorname", 20), ("Nachname", 24), ("Angabe", 50), ("Rolle", 14), ("Wo", 50))
    return Blatt("Mitwirkende", spalten, list(_rollen(bild)))


def _rollen(bild: Konferenzbild) -> Iterator[tuple[Wert, ...]]:
    for gruppe in bild.gruppen:
        for moderation in gruppe.moderation:
            p = moderation.person
            wo = f"AG {gruppe.nummer}: {gruppe.titel}"
            yield (p.titel, p.vorname, p.nachname, moderation.angabe, "Moderation", wo)
    for vortrag in bild.vortraege:
        for p in vortrag.vortragende:
            yield (p.titel, p.vorname, p.nachname, "", "Vortrag", vortrag.titel)


def _textseiten(bild: Konferenzbild) -> Blatt:
    spalten = (("Seite im Heft", 10), ("Überschrift", 40), ("Text", 100))
    return Blatt("Textseiten", spalten, [(t.seite, t.ueberschrift, t.text) for t in bild.textseiten])
