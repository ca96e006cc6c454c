"""Sending a stored file: whole, in ranges (RFC 9110, 14), or not at all because the reader has it already."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

STUECK = 64 * 1024  # bytes read at once
BEREICH = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # int() refuses thousands of digits


def datei_antwort(
    request: HttpRequest, datei: "File[bytes]", *, etag: str, typ: str, name: str, oeffentlich: bool
) -> HttpResponseBase:
    """Return a response with an open file; closes it when all is sent.

    `etag` (without quotes) stands for exactly these bytes. One range is answered with 206, one beyond the
    file with 416, several with the whole file. Browsers ask again each time (and mostly get a 304); what
    is not `oeffentlich` no cache keeps at all, for who may read it today may not tomorrow.
    """
    groesse = datei.size
    marke = f'"{etag}"'
    antwort: HttpResponseBase | None = get_conditional_response(request, etag=marke)
    if antwort is not None and antwort.status_code != 200:
        datei.close()
    else:
        bereich = _bereich(request, groesse, marke)
        if bereich is None:
            antwort = FileResponse(datei, content_type=typ)
            antwort["Content-Length"] = str(groesse)
        elif not bereich:
            datei.close()
            antwort = HttpResponse(status=416)
            antwort["Content-Range"] = f"bytes */{groesse}"
        else:
            antwort = StreamingHttpResponse(_stuecke(datei, bereich), status=206, content_type=typ)
            antwort["Content-Length"] = str(len(bereich))
            antwort["Content-Range"] = f"bytes {bereich.start}-{bereich.stop - 1}/{groesse}"
    antwort["ETag"] = marke
    antwort["Accept-Ranges"] = "bytes"
    antwort["Cache-Control"] = "public, no-cache" if oeffentlich else "private, no-store"
    if antwort.status_code in (200, 206):
        antwort["Content-Disposition"] = content_disposition_header(False, PurePath(name).name) or "inline"
    return antwort


def _bereich(request: HttpRequest, groesse: int, marke: str) -> range | None:
    """Return the bytes asked for, an empty range where there are none such, None for the whole file."""
    treffer = BEREICH.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if request.method != "GET" or not treffer or treffer[0] == "bytes=-":
        return None
    if request.headers.get("If-Range", marke) != marke:
        return None  # the reader has the beginning of another edition
    anfang, ende = treffer.groups()
    if not anfang:
        return range(max(0, groesse - int(ende)), groesse)
    if ende and int(ende) < int(anfang):
        return None
    return range(int(anfang), min(groesse, int(ende) + 1) if ende else groesse)


def _stuecke(datei: "File[bytes]", bereich: range) -> Iterator[bytes]:
    with datei:
        datei.seek(bereich.start)
        offen = len(bereich)
        while offen and (stueck := datei.read(min(STUECK, offen))):
            offen -= len(stueck)
            yield stueck
