"""Looks at a zip archive before anything in it is taken apart: what it unpacks to, and whether it lies."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from arbeitsgruppen.dateileser.bloecke import Dateifehler, Grenzen

STUECK = 2**16
ENDE = struct.Struct("<4s4H2LH")  # end of central directory record (APPNOTE.TXT, 4.3.16)
EINTRAG = struct.Struct("<4s5H3L2H")  # local file header (4.3.7)
KLEINSTER_VERZEICHNISEINTRAG = 46
VERHAELTNIS_AB = 10 * 2**20  # bytes; a small part may well shrink to a hundredth
XML = (".xml", ".rels", ".vml", ".rdf")

KAPUTT = (
    "Die Datei ist beschädigt oder unvollständig. Öffnen Sie sie in dem Programm, mit dem sie gemacht wurde, "
    "und speichern Sie sie neu, oder fügen Sie den Text ein."
)
MILDERN = "Laden Sie nur die Seiten der Arbeitsgruppe hoch, oder fügen Sie den Text ein."


def geprueft(inhalt: bytes, grenzen: Grenzen) -> ZipFile:
    """Return the archive after looking at its directory, and then at each entry, within the limits.

    Raise Dateifehler for what is too large, encrypted, damaged or lies about its size.
    """
    _verzeichnis_pruefen(inhalt, grenzen)
    try:
        archiv = ZipFile(BytesIO(inhalt))
    except (BadZipFile, NotImplementedError, ValueError) as fehler:
        raise Dateifehler(KAPUTT) from fehler
    eintraege = archiv.infolist()
    if any(eintrag.flag_bits & 1 for eintrag in eintraege):
        raise Dateifehler(
            "Die Datei ist mit einem Kennwort geschützt. Speichern Sie sie ohne Kennwort und laden Sie sie "
            "noch einmal hoch."
        )
    if any(eintrag.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for eintrag in eintraege):
        raise Dateifehler(KAPUTT)
    _groessen_pruefen(eintraege, grenzen)
    _ueberlappung_pruefen(inhalt, eintraege)
    for eintrag in eintraege:
        _entpackt_pruefen(inhalt, eintrag)
    return archiv


def _verzeichnis_pruefen(inhalt: bytes, grenzen: Grenzen) -> None:
    """Look at the record behind the directory, so that not even a huge directory is read."""
    stelle = inhalt.rfind(b"PK\x05\x06", max(0, len(inhalt) - ENDE.size - 0xFFFF))
    if stelle < 0 or len(inhalt) < stelle + ENDE.size:
        raise Dateifehler(KAPUTT)
    anzahl, laenge = ENDE.unpack_from(inhalt, stelle)[4:6]
    # Only what is larger than any limit here is written as zip64.
    if anzahl > grenzen.eintraege or laenge > grenzen.eintraege * KLEINSTER_VERZEICHNISEINTRAG * 8:
        raise Dateifehler(
            f"Die Datei besteht aus ungewöhnlich vielen Teilen, höchstens {grenzen.eintraege} sind möglich. "
            f"Speichern Sie sie neu, oder fügen Sie den Text ein."
        )


def _groessen_pruefen(eintraege: list[ZipInfo], grenzen: Grenzen) -> None:
    """Refuse what the directory itself says is too large, before a byte is unpacked."""
    groesse = sum(eintrag.file_size for eintrag in eintraege)
    gepackt = sum(eintrag.compress_size for eintrag in eintraege)
    teil = max((eintrag.file_size for eintrag in eintraege if _ist_xml(eintrag)), default=0)
    for ist, grenze in ((groesse, grenzen.entpackt), (teil, grenzen.teil)):
        if ist > grenze:
            raise Dateifehler(
                f"Die Datei ist zu groß: Entpackt wären es {groesse // 2**20} MB, höchstens "
                f"{grenze // 2**20} MB sind möglich. {MILDERN}"
            )
    if groesse > VERHAELTNIS_AB and groesse > grenzen.verhaeltnis * gepackt:
        raise Dateifehler(
            f"Die Datei ist ungewöhnlich stark gepackt: Aus {gepackt // 2**10} KB würden "
            f"{groesse // 2**20} MB. {MILDERN}"
        )
    if len(eintraege) > grenzen.eintraege:
        raise Dateifehler(KAPUTT)


def _ueberlappung_pruefen(inhalt: bytes, eintraege: list[ZipInfo]) -> None:
    """Refuse entries that share their bytes: so a small file holds gigabytes."""
    bis = 0
    for eintrag in sorted(eintraege, key=lambda eintrag: eintrag.header_offset):
        if eintrag.header_offset < bis:
            raise Dateifehler(KAPUTT)
        bis = _anfang(inhalt, eintrag) + eintrag.compress_size
    if bis > len(inhalt):
        raise Dateifehler(KAPUTT)


def _anfang(inhalt: bytes, eintrag: ZipInfo) -> int:
    """Return where the content of an entry begins."""
    if len(inhalt) < eintrag.header_offset + EINTRAG.size or eintrag.header_offset < 0:
        raise Dateifehler(KAPUTT)
    kopf = EINTRAG.unpack_from(inhalt, eintrag.header_offset)
    if kopf[0] != b"PK\x03\x04":
        raise Dateifehler(KAPUTT)
    return eintrag.header_offset + EINTRAG.size + kopf[9] + kopf[10]


def _entpackt_pruefen(inhalt: bytes, eintrag: ZipInfo) -> None:
    """Unpack an entry piece by piece: it may not hold more than it says, nor define entities of XML."""
    groesse, rest = 0, b""
    for stueck in _stuecke(inhalt, eintrag):
        groesse += len(stueck)
        if groesse > eintrag.file_size:
            raise Dateifehler(KAPUTT)
        if _ist_xml(eintrag):
            # Without zero bytes, so that UTF-16 is searched as well.
            rest = rest[-16:] + stueck.replace(b"\0", b"")
            if b"<!ENTITY" in rest:
                raise Dateifehler(
                    "Die Datei enthält Entitäten, mit denen sich Programme angreifen lassen, und wird nicht "
                    "gelesen. Speichern Sie sie in Ihrem Office-Programm neu, oder fügen Sie den Text ein."
                )
    if groesse != eintrag.file_size:
        raise Dateifehler(KAPUTT)


def _stuecke(inhalt: bytes, eintrag: ZipInfo) -> Iterator[bytes]:
    anfang = _anfang(inhalt, eintrag)
    gepackt = memoryview(inhalt)[anfang : anfang + eintrag.compress_size]
    if eintrag.compress_type == ZIP_STORED:
        yield from (bytes(gepackt[i : i + STUECK]) for i in range(0, len(gepackt), STUECK))
        return
    entpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for i in range(0, len(gepackt), STUECK):
            eingabe = bytes(gepackt[i : i + STUECK])
            while eingabe:
                yield entpacker.decompress(eingabe, STUECK)
                eingabe = entpacker.unconsumed_tail
        yield entpacker.flush()
    except zlib.error as fehler:
        raise Dateifehler(KAPUTT) from fehler


def _ist_xml(eintrag: ZipInfo) -> bool:
    return eintrag.filename.lower().endswith(XML)
