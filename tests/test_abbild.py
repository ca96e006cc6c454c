"""The image and what starts it: linted, against the schema, and in step with the settings.

`make abbild-pruefen` runs the steps of the Dockerfile on a bare Debian.
"""

import json
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.test import Client

from konferenz.sicherung.befehl import VARIABLE as SICHERUNG

BASIS = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((BASIS / "compose.yaml").read_text())
DIENSTE: dict[str, dict[str, Any]] = COMPOSE["services"]
# What only compose.yaml reads.
NUR_COMPOSE = {"POSTGRES_PASSWORD"}
# What libraries read: requests for the sign-in service, botocore for the object store.
BIBLIOTHEKEN = {"REQUESTS_CA_BUNDLE"}
# What the program sets for processes that it starts itself.
INTERN = {"PROMETHEUS_MULTIPROC_DIR", "METRIKEN_PLATZ"}
GELESEN = re.compile(r'(?:environ(?:\.get\(|\[)|(?:_gelesen|_sekunden)\()\s*"([A-Z0-9_]+)"')


def test_dockerfile_besteht_vor_hadolint():
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    ergebnis = subprocess.run([hadolint, BASIS / "Dockerfile"], capture_output=True, text=True)
    assert (ergebnis.returncode, ergebnis.stdout) == (0, ""), ergebnis.stderr


@pytest.mark.parametrize("datei", ["Caddyfile", "kubernetes.yaml"])
def test_ohne_datenbank_bleibt_die_anwendung_im_dienst_und_sagt_es_den_menschen(client: Client, datei: str):
    """Else they read a bare error of the proxy, and what they typed is lost. No database in this test."""
    text = (BASIS / "betrieb" / datei).read_text()
    gefragt = re.findall(r"health_uri (\S+)|readinessProbe:\s+httpGet: {path: (\S+),", text)
    assert gefragt
    for pfad in map("".join, gefragt):
        assert client.get(pfad).status_code == 200


def test_compose_entspricht_dem_schema():
    schema = json.loads((BASIS / "tests/compose-spec/compose-spec.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    pruefer = jsonschema.Draft7Validator(schema)
    assert [f"{list(fehler.path)}: {fehler.message}" for fehler in pruefer.iter_errors(COMPOSE)] == []
    assert not pruefer.is_valid({**COMPOSE, "services": {"web": {"imgae": "x"}}})


@pytest.mark.parametrize("name", sorted(DIENSTE))
def test_jeder_dienst_darf_so_wenig_wie_moeglich(name: str):
    dienst = DIENSTE[name]
    assert dienst["read_only"] is True
    assert dienst["cap_drop"] == ["ALL"]
    assert dienst["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in dienst
    if name != "migration":  # it ends by itself
        assert set(dienst["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert "healthcheck" in dienst
    assert ("ports" in dienst) == (name == "proxy")


def test_nur_der_proxy_web_und_worker_reichen_nach_aussen():
    assert COMPOSE["networks"]["innen"] == {"internal": True}
    assert {name for name, dienst in DIENSTE.items() if "aussen" in dienst["networks"]} == {
        "proxy",
        "web",
        "worker",
    }


def test_jeder_dienst_auf_den_einer_wartet_kann_es_sagen():
    for dienst in DIENSTE.values():
        for anderer, bedingung in dienst.get("depends_on", {}).items():
            if bedingung["condition"] == "service_healthy":
                assert "test" in DIENSTE[anderer]["healthcheck"], anderer
            else:
                assert (bedingung["condition"], DIENSTE[anderer]["restart"]) == (
                    "service_completed_successfully",
                    "no",
                )


def test_jedes_volumen_und_jede_eingebundene_datei_gibt_es():
    for dienst in DIENSTE.values():
        for quelle, _, ziel in (eintrag.partition(":") for eintrag in dienst.get("volumes", [])):
            assert (BASIS / quelle).is_file() if quelle.startswith("./") else quelle in COMPOSE["volumes"]
            assert ziel.startswith("/")


def test_geheimnisse_stehen_in_keiner_datei_und_fehlen_nicht_unbemerkt():
    text = (BASIS / "compose.yaml").read_text()
    genannt = re.findall(r"\$\{(\w+)(:\?[^}]+)?\}", text)
    assert {name for name, _ in genannt} == {"POSTGRES_PASSWORD", "ALLOWED_HOSTS"}
    assert all(hinweis for _, hinweis in genannt)
    muster = (BASIS / ".env.example").read_text()
    assert re.findall(r"(?m)^(\w+)=$", muster) == ["SECRET_KEY", "POSTGRES_PASSWORD"]
    assert ".env" in (BASIS / ".gitignore").read_text()


def in_der_umgebung() -> set[str]:
    """Return the variables that settings, gunicorn, the backups and libraries read."""
    quellen = [(BASIS / name).read_text() for name in ("konferenz/settings.py", "gunicorn.conf.py")]
    return (set(GELESEN.findall("".join(quellen))) | {SICHERUNG} | BIBLIOTHEKEN) - INTERN


def test_handbuch_nennt_jede_variable_und_keine_andere():
    handbuch = (BASIS / "docs/betrieb.md").read_text()
    tabelle = handbuch.partition("## Umgebungsvariablen")[2].partition("\n## ")[0]
    zeilen = re.findall(r"(?m)^\| (`[A-Z].*?) \|", tabelle)
    assert {name for zeile in zeilen for name in re.findall(r"`([A-Z0-9_]+)`", zeile)} == in_der_umgebung()


def test_muster_nennt_jede_variable_und_keine_andere():
    muster = re.findall(r"(?m)^#?([A-Z0-9_]+)=", (BASIS / ".env.example").read_text())
    assert len(muster) == len(set(muster))
    assert set(muster) - NUR_COMPOSE == in_der_umgebung()


def test_das_muster_taugt_sobald_die_geheimnisse_darin_stehen():
    from tests.test_projekt import einstellungen

    zeilen = re.findall(r"(?m)^#?([A-Z0-9_]+)=(.*)$", (BASIS / ".env.example").read_text())
    # Read as a shell, systemd and Compose do.
    werte = {name: "".join(shlex.split(wert)) or "geheim-genug-fuer-einen-test" for name, wert in zeilen}
    del werte["DEBUG"], werte["S3_URL"]  # whose packages are not here (make s3-pruefen)
    ergebnis = einstellungen("s.DEBUG, s.SITE_URL, s.HERAUSGEBER", **werte)
    gelesen = json.loads(ergebnis.stdout or "[]")
    assert gelesen == [False, "https://doku.example.de", "Statistisches Landesamt"], ergebnis.stderr
