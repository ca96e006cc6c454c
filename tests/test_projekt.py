"""The project as a whole: how settings answer to the environment, and what the repository may hold."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

BASIS = Path(settings.BASE_DIR)


WAS_SIE_SIND = (
    "s.DEBUG, s.SITE_URL, s.DATABASES['default']['ENGINE'].rpartition('.')[2], s.SECURE_SSL_REDIRECT"
)


def einstellungen(ausdruck: str = WAS_SIE_SIND, **umgebung: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own, with these variables and no others of the project."""
    programm = f"import json; from django.conf import settings as s; print(json.dumps([{ausdruck}]))"
    return subprocess.run(
        [sys.executable, "-c", programm],
        cwd=BASIS,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "konferenz.settings", **umgebung},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("umgebung", "erwartet"),
    [
        ({}, [True, "http://localhost:8000", "sqlite3", False]),
        (
            {"DEBUG": "1", "DATABASE_URL": "postgres://a:b@localhost/c"},
            [True, "http://localhost:8000", "postgresql", False],
        ),
        (
            {"SECRET_KEY": "geheim", "ALLOWED_HOSTS": " *.example.de, intern.example.de"},
            [False, "https://example.de", "sqlite3", True],
        ),
        (
            {"SECRET_KEY": "geheim", "ALLOWED_HOSTS": "doku,[::1]", "SITE_URL": "http://doku:8000/"},
            [False, "http://doku:8000", "sqlite3", False],
        ),
    ],
    ids=["nichts gesetzt", "entwicklung mit postgres", "betrieb mit TLS", "betrieb ohne TLS"],
)
def test_einstellungen_folgen_der_umgebung(umgebung, erwartet):
    ergebnis = einstellungen(**umgebung)
    assert ergebnis.returncode == 0, ergebnis.stderr
    assert json.loads(ergebnis.stdout) == erwartet


def test_rechnernamen_gelten_wie_sie_ueblicherweise_geschrieben_werden():
    ergebnis = einstellungen("s.ALLOWED_HOSTS", **{**BETRIEB, "ALLOWED_HOSTS": " *.example.de, doku,[::1], "})
    assert json.loads(ergebnis.stdout) == [[".example.de", "doku", "[::1]"]]


BETRIEB = {"SECRET_KEY": "geheim", "ALLOWED_HOSTS": "doku.example.de"}


@pytest.mark.parametrize(
    ("umgebung", "variable"),
    [
        ({"DATABASE_URL": "sqlite:///x.sqlite3"}, "SECRET_KEY"),
        ({"DEBUG": "0"}, "SECRET_KEY"),
        ({**BETRIEB, "SECRET_KEY": "$(openssl rand -base64 48)"}, "SECRET_KEY"),
        ({"SECRET_KEY": "geheim"}, "ALLOWED_HOSTS"),
        ({**BETRIEB, "ALLOWED_HOSTS": "https://doku.example.de"}, "ALLOWED_HOSTS"),
        ({**BETRIEB, "ALLOWED_HOSTS": "intern,doku.example.de:8000"}, "ALLOWED_HOSTS"),
        ({**BETRIEB, "ALLOWED_HOSTS": "[::1]:8000"}, "ALLOWED_HOSTS"),
        ({**BETRIEB, "DATABASE_URL": "kaputt"}, "DATABASE_URL"),
        ({**BETRIEB, "DATABASE_URL": "oracel://a:b@c/d"}, "DATABASE_URL"),
        ({**BETRIEB, "DEBUG": "vielleicht"}, "DEBUG"),
        ({**BETRIEB, "SITE_URL": "foo"}, "SITE_URL"),
        ({**BETRIEB, "ALLOWED_HOSTS": "*"}, "SITE_URL"),
        ({"MEDIA_ROOT": "medien"}, "SECRET_KEY"),
        ({"S3_URL": "https://s3.example.de/eimer"}, "SECRET_KEY"),
        ({**BETRIEB, "S3_URL": "s3.example.de/eimer"}, "S3_URL"),
        ({**BETRIEB, "S3_URL": "https://s3.example.de/Eimer"}, "S3_URL"),
        ({**BETRIEB, "S3_URL": "https://a:geheim@s3.example.de/eimer"}, "S3_URL"),
        ({**BETRIEB, "S3_URL": "https://s3.example.de/eimer"}, "S3_SCHLUESSEL"),
        ({**BETRIEB, "S3_URL": "https://s3.example.de/eimer", "S3_SCHLUESSEL": "a"}, "S3_GEHEIMNIS"),
        ({**BETRIEB, "EMAIL_URL": "foo"}, "EMAIL_URL"),
        ({**BETRIEB, "DEFAULT_FROM_EMAIL": "Konferenzdokumentation"}, "DEFAULT_FROM_EMAIL"),
        ({"DEFAULT_FROM_EMAIL": "doku@example.de"}, "SECRET_KEY"),
        ({**BETRIEB, "KONTAKT_MAIL": "doku"}, "KONTAKT_MAIL"),
        ({**BETRIEB, "PROXYS": "viele"}, "PROXYS"),
        ({**BETRIEB, "PROXYS": "-1"}, "PROXYS"),
        ({**BETRIEB, "DROSSELUNG": "aus"}, "DROSSELUNG"),
        ({"DATEN_LIZENZ": "cc-by/9.9"}, "DATEN_LIZENZ"),
        ({"DATEN_KONTAKT": "FaFo"}, "DATEN_KONTAKT"),
        ({"DATEN_BEREITSTELLER": "https://example.de"}, "DATEN_BEREITSTELLER"),
        ({"DATEN_THEMEN": "SOCI,Soziales"}, "DATEN_THEMEN"),
        ({"DATENBANK_FRIST": "bald"}, "DATENBANK_FRIST"),
        ({"DATENBANK_SPERRFRIST": "-1"}, "DATENBANK_SPERRFRIST"),
        ({"DATENBANK_LEERLAUF": "90000"}, "DATENBANK_LEERLAUF"),
        ({"ZWEITER_FAKTOR": "ja"}, "ZWEITER_FAKTOR"),
        ({**BETRIEB, "OIDC_ADRESSE": "http://anmeldung.example.de"}, "OIDC_ADRESSE"),
        ({"OIDC_ADRESSE": "http://[", "OIDC_CLIENT_ID": "doku"}, "OIDC_ADRESSE"),
        ({"OIDC_ADRESSE": "anmeldung.example.de"}, "OIDC_ADRESSE"),
        ({"OIDC_CLIENT_ID": "doku"}, "OIDC_ADRESSE"),
        ({"OIDC_ADRESSE": "https://example.de", "OIDC_SECRET": "x"}, "OIDC_CLIENT_ID"),
        ({"OIDC_ADRESSE": "https://example.de", "OIDC_CLIENT_ID": "doku"}, "OIDC_SECRET"),
        ({"OIDC_EMAIL_VERTRAUEN": "vielleicht"}, "OIDC_EMAIL_VERTRAUEN"),
        ({"METRIKEN_MARKE": "kurz"}, "METRIKEN_MARKE"),
        ({"METRIKEN_MARKE": "m" * 20, "METRIKEN_PORT": "80"}, "METRIKEN_PORT"),
        ({"METRIKEN_PORT": "9100"}, "METRIKEN_MARKE"),
    ],
    ids=lambda wert: " ".join(f"{k}={v}" for k, v in wert.items()) if isinstance(wert, dict) else wert,
)
def test_unbrauchbare_umgebung_haelt_den_start_an_und_nennt_die_variable(umgebung, variable):
    ergebnis = einstellungen(**umgebung)
    assert ergebnis.returncode == 1, f"gestartet mit {ergebnis.stdout}"
    letzte_zeile = ergebnis.stderr.strip().splitlines()[-1]
    assert letzte_zeile.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert f"Umgebungsvariable {variable} " in letzte_zeile
    assert "geheim" not in letzte_zeile


@pytest.mark.parametrize(
    ("umgebung", "erwartet"),
    [
        ({}, [0, None, "sessionid", "csrftoken", False]),
        ({**BETRIEB, "SITE_URL": "http://doku"}, [0, None, "sessionid", "csrftoken", False]),
        (BETRIEB, [1, "HTTP_X_FORWARDED_PROTO", "__Host-sitzung", "__Host-csrf", True]),
        ({**BETRIEB, "PROXYS": "2"}, [2, "HTTP_X_FORWARDED_PROTO", "__Host-sitzung", "__Host-csrf", True]),
        # Gunicorn with a certificate of its own: then nobody may say that a request came by https.
        ({**BETRIEB, "PROXYS": "0"}, [0, None, "__Host-sitzung", "__Host-csrf", True]),
    ],
    ids=["entwicklung", "ohne TLS", "ein Proxy", "zwei Proxys", "kein Proxy"],
)
def test_proxys_und_kekse_richten_sich_nach_der_adresse(umgebung, erwartet):
    werte = (
        "s.PROXYS, (s.SECURE_PROXY_SSL_HEADER or [None])[0], s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME,"
        "s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE"
    )
    ergebnis = einstellungen(werte, **umgebung)
    assert json.loads(ergebnis.stdout) == erwartet, ergebnis.stderr


@pytest.mark.parametrize(
    ("umgebung", "erwartet"),
    [({}, 0), (BETRIEB, 1), ({**BETRIEB, "DROSSELUNG": "0"}, 0), ({"DROSSELUNG": "3"}, 3)],
    ids=["entwicklung", "betrieb", "betrieb ohne", "großzügig"],
)
def test_gedrosselt_wird_im_betrieb_und_so_grosszuegig_wie_verlangt(umgebung, erwartet):
    ergebnis = einstellungen("s.DROSSELUNG", **umgebung)
    assert json.loads(ergebnis.stdout) == [erwartet], ergebnis.stderr


@pytest.mark.parametrize(
    ("umgebung", "erwartet"),
    [
        ({}, ["console", False, "Konferenzdokumentation <noreply@localhost>"]),
        (BETRIEB, ["dummy", False, "Konferenzdokumentation <noreply@doku.example.de>"]),
        (
            {**BETRIEB, "EMAIL_URL": "smtp+tls://a:b@post:587", "DEFAULT_FROM_EMAIL": "FaFo <x@example.de>"},
            ["smtp", True, "FaFo <x@example.de>"],
        ),
    ],
    ids=["entwicklung", "betrieb ohne post", "betrieb mit post"],
)
def test_post_geht_nur_hinaus_wenn_ein_postausgang_genannt_ist(umgebung, erwartet):
    ausdruck = "s.EMAIL_BACKEND.split('.')[-2], s.POSTAUSGANG, s.DEFAULT_FROM_EMAIL"
    ergebnis = einstellungen(ausdruck, **umgebung)
    assert json.loads(ergebnis.stdout) == erwartet, ergebnis.stderr


OIDC = {"OIDC_ADRESSE": "https://example.de", "OIDC_CLIENT_ID": "doku", "OIDC_SECRET": "x"}


@pytest.mark.parametrize(
    ("umgebung", "erwartet"),
    [
        ({}, ["aus", "", "dem Hauskonto", False]),
        ({**BETRIEB, "ZWEITER_FAKTOR": "Pflicht"}, ["pflicht", "", "dem Hauskonto", False]),
        ({"ZWEITER_FAKTOR": " möglich "}, ["moeglich", "", "dem Hauskonto", False]),
        ({**OIDC, "OIDC_NAME": "EVA"}, ["aus", "https://example.de", "EVA", False]),
        (
            {**OIDC, "OIDC_ADRESSE": "http://localhost:81", "OIDC_EMAIL_VERTRAUEN": "0"},
            ["aus", "http://localhost:81", "dem Hauskonto", False],
        ),
        ({**OIDC, "OIDC_EMAIL_VERTRAUEN": "1"}, ["aus", "https://example.de", "dem Hauskonto", True]),
    ],
    ids=["nichts", "pflicht", "möglich", "Hauskonto", "Hauskonto zum Entwickeln", "Hauskonto mit Vertrauen"],
)
def test_weitere_wege_hinein_gibt_es_nur_wo_sie_genannt_sind(umgebung, erwartet):
    ausdruck = "s.ZWEITER_FAKTOR, s.OIDC_ADRESSE, s.OIDC_NAME, s.OIDC_EMAIL_VERTRAUEN"
    ergebnis = einstellungen(ausdruck, **umgebung)
    assert json.loads(ergebnis.stdout) == erwartet, ergebnis.stderr


@pytest.mark.parametrize(
    ("umgebung", "erwartet"),
    [
        ({}, ["", "", "", "", ["SOCI"]]),
        (
            {
                "HERAUSGEBER": " Statistisches Landesamt ",
                "DATEN_KONTAKT": "FaFo <fafo@example.de>",
                "DATEN_LIZENZ": "dl-by-de/2.0",
                "DATEN_BEREITSTELLER": "http://dcat-ap.de/def/contributors/landBadenWuerttemberg",
                "DATEN_THEMEN": "soci, GOVE",
            },
            [
                "Statistisches Landesamt",
                "fafo@example.de",
                "dl-by-de/2.0",
                "http://dcat-ap.de/def/contributors/landBadenWuerttemberg",
                ["SOCI", "GOVE"],
            ],
        ),
    ],
    ids=["nichts angegeben", "alles angegeben"],
)
def test_angaben_zur_herausgabe_kommen_aus_der_umgebung_und_machen_keinen_betrieb(umgebung, erwartet):
    werte = "s.HERAUSGEBER, s.DATEN_KONTAKT, s.DATEN_LIZENZ, s.DATEN_BEREITSTELLER, s.DATEN_THEMEN, s.DEBUG"
    ergebnis = einstellungen(werte, **umgebung)
    assert json.loads(ergebnis.stdout) == [*erwartet, True], ergebnis.stderr


# --- What the repository holds ---


@pytest.fixture(scope="module")
def dateien() -> list[Path]:
    """Every file that is in git or would be added to it."""
    if not shutil.which("git") or not (BASIS / ".git").exists():
        pytest.skip("kein git oder kein git-Arbeitsverzeichnis")
    git = subprocess.run(
        # A checkout may belong to somebody else than who tests it; git would refuse to list it.
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=BASIS,
        capture_output=True,
        text=True,
        check=True,
    )
    return [BASIS / name for name in git.stdout.split("\0") if name and (BASIS / name).is_file()]


@pytest.fixture(scope="module")
def texte(dateien: list[Path]) -> dict[str, str]:
    """The text of every file that is text."""
    gelesen = {}
    for datei in dateien:
        try:
            gelesen[str(datei.relative_to(BASIS))] = datei.read_text()
        except UnicodeDecodeError:
            continue
    return gelesen


def test_keine_datei_nennt_die_adresse_einer_paketquelle(texte):
    # Every office installs through its own mirror; the addresses belong into its configuration.
    # Put together, so that this file names none of them itself.
    namen = (
        "py" + "pi[.]org",
        "python" + "hosted",
        "registry[.]" + "npm",
        "npm" + "js[.]org",
        "deb[.]" + "debian",
    )
    quelle = re.compile("|".join(namen))
    assert [name for name, text in texte.items() if quelle.search(text)] == []


@pytest.mark.parametrize("ordner", [".", "skripte/lighthouse", "skripte/oidc"])
def test_npm_lock_nennt_pruefsummen_und_keine_bezugsquelle(ordner):
    pakete = json.loads((BASIS / ordner / "package-lock.json").read_text())["packages"]
    assert [name for name, paket in pakete.items() if "resolved" in paket] == []
    assert [name for name, paket in pakete.items() if name and "integrity" not in paket] == []


@pytest.mark.parametrize("name", ["betrieb", "entwicklung", "node", "s3", "s3-entwicklung"])
def test_jedes_python_paket_ist_mit_pruefsumme_festgelegt(name):
    eintraege = (BASIS / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    assert eintraege
    assert [e[:60] for e in eintraege if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", e)] == []


def test_was_im_betrieb_laeuft_ist_dasselbe_wie_beim_entwickeln():
    def festgelegt(name: str) -> set[str]:
        return set(re.findall(r"(?m)^[\w.-]+==\S+", (BASIS / "requirements" / name).read_text()))

    assert festgelegt("betrieb.txt") <= festgelegt("entwicklung.txt")
    # In the image, too, but for what the object store asks for (pyproject.toml).
    anders = {eintrag.partition("==")[0] for eintrag in festgelegt("betrieb.txt") - festgelegt("s3.txt")}
    assert anders <= {"python-dateutil"}
    assert festgelegt("s3.txt") <= festgelegt("s3-entwicklung.txt")


def test_jede_abhaengigkeit_des_projekts_ist_festgelegt():
    projekt = tomllib.loads((BASIS / "pyproject.toml").read_text())["project"]
    gewollt = {re.split(r"[^\w.-]", d)[0].lower() for d in projekt["dependencies"]}
    festgelegt = set(re.findall(r"(?m)^([\w.-]+)==", (BASIS / "requirements/betrieb.txt").read_text()))
    assert gewollt <= festgelegt


def test_keine_datei_ist_gross_und_keine_ist_gebaut(dateien):
    namen = {str(d.relative_to(BASIS)): d for d in dateien}
    assert [n for n, d in namen.items() if d.stat().st_size > 600_000 and not n.startswith("fixtures/")] == []
    assert [n for n in namen if re.search(r"(^|/)node_modules/|\.sqlite3|\.pyc$|^static-gesammelt/", n)] == []


def test_keine_datei_nennt_den_ort_dieses_arbeitsverzeichnisses(texte):
    if len(BASIS.parts) < 3:
        pytest.skip("das Arbeitsverzeichnis liegt an einem Ort, den auch ein Dockerfile nennen darf")
    assert [name for name, text in texte.items() if f"{BASIS}/" in text] == []


def test_befehle_der_readme_gibt_es():
    ziele = set(re.findall(r"(?m)^([a-z-]+):", (BASIS / "Makefile").read_text()))
    genannt = set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", (BASIS / "README.md").read_text()))
    assert {"demo", "test"} <= genannt <= ziele


def test_readme_zeigt_nur_bilder_und_dateien_die_es_gibt(dateien):
    vorhanden = {str(d.relative_to(BASIS)) for d in dateien}
    ordner = {str(eltern) for name in vorhanden for eltern in Path(name).parents}
    genannt = re.findall(r"\]\((?!http|#)([^)#\s]+)", (BASIS / "README.md").read_text())
    assert [name for name in genannt if name.rstrip("/") not in vorhanden | ordner] == []
