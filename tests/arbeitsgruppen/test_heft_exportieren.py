"""`manage.py heft_exportieren`."""

from contextlib import closing
from io import StringIO
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.models import Konferenz
from tests.fabriken import AeusserungFactory, ArbeitsgruppeFactory, FolieFactory, KonferenzFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def konferenz():
    konferenz = KonferenzFactory(slug="fachtag-2021")
    ArbeitsgruppeFactory(konferenz=konferenz, nummer=1, titel="Wohnen")
    ArbeitsgruppeFactory(konferenz=konferenz, nummer=3, titel="Arbeit")
    return konferenz


def exportieren(*argumente):
    ausgabe, fehler = StringIO(), StringIO()
    call_command("heft_exportieren", *map(str, argumente), stdout=ausgabe, stderr=fehler)
    return ausgabe.getvalue(), fehler.getvalue()


def text(pfad):
    with closing(pypdfium2.PdfDocument(pfad.read_bytes())) as dokument:
        return "\n".join(seite.get_textpage().get_text_range() for seite in dokument)


def test_heft_wird_geschrieben_und_ort_und_umfang_genannt(konferenz, tmp_path):
    ziel = tmp_path / "heft.pdf"

    ausgabe, fehler = exportieren("fachtag-2021", ziel, "--form", "folien")

    assert f"{ziel} (5 Seiten, " in ausgabe
    assert fehler == ""
    assert "AG 3: Arbeit" in text(ziel)
    assert list(tmp_path.iterdir()) == [ziel]


def test_heft_einer_gruppe_enthaelt_nur_diese(konferenz, tmp_path):
    ziel = tmp_path / "ag.pdf"

    exportieren("fachtag-2021", ziel, "--ag", 3)

    assert "AG 3: Arbeit" in text(ziel)
    assert "Wohnen" not in text(ziel)


@pytest.mark.parametrize(("argumente", "mit_wohnen"), [([], True), (["--ag", 3], False)])
def test_bericht_hat_das_hochformat_und_die_gewaehlten_gruppen(konferenz, tmp_path, argumente, mit_wohnen):
    ziel = tmp_path / "bericht.pdf"

    exportieren("fachtag-2021", ziel, "--form", "bericht", *argumente)

    with closing(pypdfium2.PdfDocument(ziel)) as dokument:
        breite, hoehe = dokument[0].get_size()
    assert breite < hoehe
    assert "Arbeit" in text(ziel)
    assert ("Wohnen" in text(ziel)) is mit_wohnen


def test_zeichen_ohne_schrift_und_fehlende_bilder_werden_genannt(konferenz, tmp_path):
    AeusserungFactory(text="Danke 😀", abschnitt__arbeitsgruppe=konferenz.arbeitsgruppen.first())
    folie = FolieFactory(vortrag__konferenz=konferenz, mit_bild=True)
    default_storage.delete(folie.bild.name)

    _, fehler = exportieren("fachtag-2021", tmp_path / "heft.pdf")

    assert "😀 (U+1F600)" in fehler
    assert f"Bild fehlt: {folie.bild.name}" in fehler


def test_heft_ohne_platz_wird_in_einer_zeile_gemeldet_ohne_datei(konferenz, tmp_path, settings):
    settings.HEFT_GRENZEN = (60.0, 6 * 2**30, 3)

    with pytest.raises(CommandError, match=r"mehr als 3 Seiten") as gescheitert:
        exportieren("fachtag-2021", tmp_path / "heft.pdf")

    assert "\n" not in str(gescheitert.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argumente", "meldung"),
    [
        (["gibt-es-nicht", "{ordner}/heft.pdf"], "„gibt-es-nicht“ .* Vorhanden: fachtag-2021"),
        (["fachtag-2021", "{ordner}/heft.pdf", "--ag", "2"], "AG 2 .* Vorhanden: 1, 3"),
        (["fachtag-2021", "{ordner}/heft.pdf", "--ag", "zwei"], "„zwei“ ist keine Nummer"),
        (["fachtag-2021", "{ordner}/heft.pdf", "--ag", "0"], "„0“ ist keine Nummer"),
        (["fachtag-2021", "{ordner}/heft.pdf", "--ag", "²"], "„²“ ist keine Nummer"),
        (
            ["fachtag-2021", "{ordner}/heft.pdf", "--form", "buch"],
            "„buch“ gibt es nicht. Möglich: --form folien, bericht",
        ),
        (["fachtag-2021", "{ordner}/heft.pdf", "--form", "bericht", "--ag", "2"], "AG 2 .* Vorhanden: 1, 3"),
        (["fachtag-2021", "{ordner}/fehlt/heft.pdf"], "fehlt gibt es nicht. Legen Sie ihn"),
        (["fachtag-2021", "{ordner}"], "ist keine Datei"),
        (["fachtag-2021", "{ordner}/" + "x" * 300], "lässt sich nicht schreiben"),
    ],
)
def test_unmoegliches_wird_in_einer_zeile_gemeldet_ohne_datei(konferenz, tmp_path, argumente, meldung):
    with pytest.raises(CommandError, match=meldung) as gescheitert:
        exportieren(*(argument.format(ordner=tmp_path) for argument in argumente))

    assert "\n" not in str(gescheitert.value)
    assert list(tmp_path.iterdir()) == []


def test_befehl_ohne_konferenz_sagt_wie_man_eine_erhaelt(tmp_path):
    with pytest.raises(CommandError, match="dokumentation_importieren"):
        exportieren("fachtag-2021", tmp_path / "heft.pdf")


def test_ordner_ohne_schreibrecht_wird_genannt(konferenz, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *args: False)

    with pytest.raises(CommandError, match="lässt sich nicht schreiben"):
        exportieren("fachtag-2021", tmp_path / "heft.pdf")


def test_gescheitertes_schreiben_laesst_nur_die_alte_datei(konferenz, tmp_path, monkeypatch):
    ziel = tmp_path / "heft.pdf"
    ziel.write_bytes(b"alt")

    def voll(self, ziel):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", voll)

    with pytest.raises(CommandError, match="No space left"):
        exportieren("fachtag-2021", ziel)
    assert ziel.read_bytes() == b"alt"
    assert list(tmp_path.iterdir()) == [ziel]


@pytest.mark.parametrize(
    ("status", "argumente", "enthalten"),
    [
        ("veroeffentlicht", [], False),
        ("veroeffentlicht", ["--entwurf"], True),
        ("entwurf", [], True),
    ],
)
def test_nicht_freigegebenes_kommt_nur_als_entwurf_ins_heft(
    konferenz, tmp_path, status, argumente, enthalten
):
    Konferenz.objects.update(status=status)
    gruppe = konferenz.arbeitsgruppen.get(nummer=3)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Noch geheim")
    Arbeitsgruppe.objects.filter(pk=gruppe.pk).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)

    ausgabe, _ = exportieren("fachtag-2021", tmp_path / "heft.pdf", *argumente)

    gesetzt = text(tmp_path / "heft.pdf")
    assert ("Noch geheim" in gesetzt) is enthalten
    assert ("Entwurf" in gesetzt) is enthalten
    assert ("nicht enthalten: die Ergebnisse der AG 3. Mit --entwurf" in ausgabe) is not enthalten
    assert ("noch nicht freigegeben" in gesetzt) is not enthalten
