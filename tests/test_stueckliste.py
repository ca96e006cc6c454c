"""The bill of materials is whole and valid, and nothing in it has a hole that we know of."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from packaging.version import Version

BASIS = Path(settings.BASE_DIR)
ANFORDERUNGEN = BASIS / "requirements"
LOECHER = tomllib.loads((ANFORDERUNGEN / "mindestversionen.toml").read_text())


def festgelegte(datei: Path) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", datei.read_text().lower()))


def npm_pakete(nur_ausgeliefert: bool = False) -> dict[str, str]:
    pakete = json.loads((BASIS / "package-lock.json").read_text())["packages"]
    return {
        ort.rpartition("node_modules/")[2]: paket["version"]
        for ort, paket in pakete.items()
        if ort and not (nur_ausgeliefert and paket.get("dev"))
    }


def stueckliste(ziel: Path) -> dict:
    befehl = [sys.executable, "skripte/stueckliste.py", str(ziel)]
    lauf = subprocess.run(befehl, cwd=BASIS, capture_output=True, text=True)
    assert lauf.returncode == 0, lauf.stderr
    assert "gültig nach CycloneDX 1.6" in lauf.stdout
    return json.loads(ziel.read_text())


def test_stueckliste_nennt_jedes_paket_mit_version_und_pruefsumme(tmp_path: Path) -> None:
    liste = stueckliste(tmp_path / "unter" / "liste.json")
    genannt = {teil["purl"]: teil for teil in liste["components"]}
    python = {f"pkg:pypi/{n}@{v}" for n, v in festgelegte(ANFORDERUNGEN / "s3.txt").items()}
    npm = {f"pkg:npm/{n.replace('@', '%40')}@{v}" for n, v in npm_pakete(nur_ausgeliefert=True).items()}
    assert genannt.keys() == python | npm
    assert npm
    assert [name for name, teil in genannt.items() if not teil["hashes"]] == []
    ohne_lizenz = {teil["name"] for teil in genannt.values() if "licenses" not in teil}
    nur_im_abbild = festgelegte(ANFORDERUNGEN / "s3.txt").keys() - festgelegte(ANFORDERUNGEN / "betrieb.txt")
    assert len(ohne_lizenz - nur_im_abbild) < 5, "nur Pakete anderer Systeme sind hier nicht eingerichtet"
    (abhaengigkeiten,) = (
        d["dependsOn"] for d in liste["dependencies"] if d["ref"] == "konferenzdokumentation"
    )
    assert set(abhaengigkeiten) == set(genannt)


def test_dieselben_pakete_geben_dieselbe_stueckliste(tmp_path: Path) -> None:
    erste, zweite = tmp_path / "1.json", tmp_path / "2.json"
    assert stueckliste(erste) == stueckliste(zweite)
    assert erste.read_bytes() == zweite.read_bytes()


def zu_alte(festgelegt: dict[str, str], loecher: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return a line for each package that is older than the version which closed a hole."""
    return [
        f"{paket} {festgelegt[paket]} hat {loch['nummer']} ({loch['was']}): nötig ist {loch['ab']}"
        for paket, liste in loecher.items()
        if paket in festgelegt
        for loch in liste
        if Version(festgelegt[paket]) < Version(loch["ab"])
    ]


@pytest.mark.parametrize("name", ["betrieb", "entwicklung", "pruefung", "node"])
def test_kein_python_paket_hat_ein_loch_das_wir_kennen(name: str) -> None:
    assert zu_alte(festgelegte(ANFORDERUNGEN / f"{name}.txt"), LOECHER["python"]) == []


def test_kein_npm_paket_hat_ein_loch_das_wir_kennen() -> None:
    assert zu_alte(npm_pakete(), LOECHER["npm"]) == []


def test_eine_zu_alte_version_faellt_auf() -> None:
    (zeile,) = zu_alte({"weasyprint": "61.1"}, {"weasyprint": LOECHER["python"]["weasyprint"][:1]})
    assert zeile.startswith("weasyprint 61.1 hat CVE-2024-28184 ")


def test_die_liste_der_loecher_nennt_nur_was_wir_benutzen() -> None:
    benutzt = {name for datei in ANFORDERUNGEN.glob("*.txt") for name in festgelegte(datei)}
    assert sorted(LOECHER["python"].keys() - benutzt) == []
    assert sorted(LOECHER["npm"].keys() - npm_pakete().keys()) == []
    for liste in (*LOECHER["python"].values(), *LOECHER["npm"].values()):
        for loch in liste:
            assert re.fullmatch(r"CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3}", loch["nummer"])
            assert loch["was"]
