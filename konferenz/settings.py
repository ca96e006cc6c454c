"""Settings, driven by environment variables (docs/betrieb.md lists them).

With none of the variables set the project runs for development: DEBUG, SQLite in its own folder.
As soon as one of them is set it is a deployment, and then a missing SECRET_KEY or ALLOWED_HOSTS
stops the start (unless DEBUG=1), because a guessed secret is worse than no start.
"""

import logging
import os
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from konferenz.lizenzen import LIZENZEN
from konferenz.protokoll import einrichtung

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VARIABLEN = (
    "DATABASE_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "MEDIA_ROOT",
    "S3_URL",
    "SITE_URL",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "KONTAKT_MAIL",
    "CACHE_URL",
)
_entwicklung = not any(name in os.environ for name in VARIABLEN)


def _fehlt(name: str, beispiel: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"Die Umgebungsvariable {name} fehlt. Setzen Sie sie, zum Beispiel auf {beispiel}, "
        f"oder zum Entwickeln DEBUG=1."
    )


T = TypeVar("T")


def _gelesen(name: str, lesen: Callable[[str], T], erwartet: str) -> T:
    """Read a variable with one of environ's readers, or stop with a hint that names it."""
    try:
        return lesen(name)
    except (ValueError, KeyError, ImproperlyConfigured, environ.ImproperlyConfigured) as fehler:
        raise ImproperlyConfigured(
            f"Die Umgebungsvariable {name} ist nicht lesbar. Erwartet wird {erwartet}."
        ) from fehler


def _schalter(name: str) -> bool:
    """Read a switch; environ's own reader takes every word that it doesn't know for a no."""
    wert = os.environ[name].strip().lower()
    if wert not in {"1", "true", "on", "yes", "0", "false", "off", "no"}:
        raise ValueError(name)
    return wert in {"1", "true", "on", "yes"}


def _port(name: str) -> int:
    """Read a port that no rights are needed for."""
    if (port := int(os.environ[name])) not in range(1024, 65536):
        raise ValueError(name)
    return port


def _sekunden(name: str, sonst: int) -> int:
    """Read a time in whole seconds, of up to a day."""

    def lesen(name: str) -> int:
        if (sekunden := int(os.environ[name])) not in range(86_401):
            raise ValueError(name)
        return sekunden

    erwartet = "eine Zahl ganzer Sekunden von 0 bis 86400, zum Beispiel 30"
    return _gelesen(name, lesen, erwartet) if os.environ.get(name) else sonst


def _zweiter_faktor(name: str) -> str:
    """Read who needs a second factor: nobody, who wants one, everybody."""
    if (wert := os.environ[name].strip().lower().replace("ö", "oe")) not in ("aus", "moeglich", "pflicht"):
        raise ValueError(name)
    return wert


def _anzahl(name: str) -> int:
    """Read a small number, 0 included."""
    wert = int(os.environ[name])
    if not 0 <= wert <= 20:
        raise ValueError(name)
    return wert


def _dienstadresse(name: str) -> str:
    """Read the address of a service; without https somebody on the way could be it, so only to develop."""
    adresse = os.environ[name].strip()
    if not urlsplit(adresse).hostname or urlsplit(adresse).scheme not in ("https", *["http"] * DEBUG):
        raise ValueError(name)
    return adresse


DEBUG = _entwicklung or (
    _gelesen("DEBUG", _schalter, "1 oder 0") if os.environ.get("DEBUG", "").strip() else False
)

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise _fehlt("SECRET_KEY", "das, was der Befehl „openssl rand -base64 48“ ausgibt")
    SECRET_KEY = "nur-zum-entwickeln-" + "x" * 40
if "$(" in SECRET_KEY:  # systemd and Docker take it as it stands, and then everybody knows it
    raise ImproperlyConfigured(
        "Die Umgebungsvariable SECRET_KEY ist ein Befehl. Erwartet wird, was er ausgibt."
    )

# Django's word for all names below one is a dot in front.
ALLOWED_HOSTS = [
    f".{name.removeprefix('*.')}" if name.startswith("*.") else name
    for name in map(str.strip, os.environ.get("ALLOWED_HOSTS", "").split(","))
    if name
]
# With one of these the server would answer nobody, and not say why.
if not all(re.fullmatch(r"[^/:]+|\[[^/\]]+\]", name) for name in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "Die Umgebungsvariable ALLOWED_HOSTS nennt nur Rechnernamen, ohne https:// und ohne Port, "
        "zum Beispiel doku.example.de."
    )
if not ALLOWED_HOSTS:
    if not DEBUG:
        raise _fehlt("ALLOWED_HOSTS", "doku.example.de")
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

# Permanent addresses in the Heft and in exports begin with this.
SITE_URL = os.environ.get("SITE_URL", "").rstrip("/")
if not SITE_URL:
    _rechner = ALLOWED_HOSTS[0].lstrip("*.")
    if not DEBUG and not _rechner:
        raise _fehlt("SITE_URL", "https://doku.example.de")
    SITE_URL = "http://localhost:8000" if DEBUG else f"https://{_rechner}"
if urlsplit(SITE_URL).scheme not in ("http", "https") or not urlsplit(SITE_URL).netloc:
    raise ImproperlyConfigured(
        "Die Umgebungsvariable SITE_URL ist keine Adresse. Erwartet wird zum Beispiel https://doku.example.de."
    )

INSTALLED_APPS = [
    "konferenz.apps.VerwaltungConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "axes",
    # Always there, so that migrations and backups are the same everywhere; its own pages have no addresses.
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "django_tasks",
    "django_tasks_db",
    "konferenz",
    "arbeitsgruppen",
]

MIDDLEWARE = [
    # Outermost, so that every answer gets them: those of the middleware below and of WhiteNoise, too.
    "konferenz.kopfzeilen.Kopfzeilen",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "konferenz.lebenszeichen.ohne_umwege",
    "konferenz.protokoll.mit_kennung",
    "konferenz.metriken.gezaehlt",
    "django.middleware.security.SecurityMiddleware",
    "konferenz.kompression.Seitenkompression",
    "konferenz.anmeldung.nur_lesen_und_senden",
    "konferenz.zwischenspeicher.Zwischenspeicher",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "konferenz.sitzung.Sitzungsdauer",
    "konferenz.drosselung.Drosselung",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "konferenz.ausfall.Ausfall",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "konferenz.urls"
WSGI_APPLICATION = "konferenz.wsgi.application"

# Forms look like the design system: templates/kern/.
CRISPY_ALLOWED_TEMPLATE_PACKS = ["kern"]
CRISPY_TEMPLATE_PACK = "kern"
CRISPY_FAIL_SILENTLY = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

if os.environ.get("DATABASE_URL"):
    _datenbank = _gelesen(
        "DATABASE_URL",
        env.db_url,
        "sqlite:////pfad/doku.sqlite3 oder postgres://name:kennwort@rechner/datenbank",
    )
    # environ takes an unknown scheme for the name of a backend, which would fail much later and in English.
    if _datenbank.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise ImproperlyConfigured(
            "Die Umgebungsvariable DATABASE_URL nennt keine bekannte Datenbank. Erwartet wird "
            "sqlite:////pfad/doku.sqlite3 oder postgres://name:kennwort@rechner/datenbank."
        )
else:
    _datenbank = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "konferenz.sqlite3"}

if _datenbank["ENGINE"] == "django.db.backends.sqlite3":
    # With the defaults eight writers lose transactions to "database is locked"; IMMEDIATE takes the
    # write lock at BEGIN, so that they queue for at most `timeout` seconds instead.
    _datenbank.setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    )
else:
    # A connection for each thread, kept and looked at before each request: docs/entscheidungen/0025.
    _datenbank["CONN_HEALTH_CHECKS"] = True
    # The name by which pg_stat_activity shows who is at work; and nobody waits for a machine that is gone.
    _datenbank["OPTIONS"] = {
        "application_name": f"konferenz {Path(sys.argv[0]).stem} {' '.join(sys.argv[1:2])}".strip()[:63],
        "connect_timeout": 5,
        "tcp_user_timeout": 30_000,
        **_datenbank.get("OPTIONS", {}),
    }
# Seconds that the web process lets PostgreSQL take (konferenz/datenbank.py); 0 is without end.
DATENBANK_FRISTEN = {
    "statement_timeout": _sekunden("DATENBANK_FRIST", 30),
    "lock_timeout": _sekunden("DATENBANK_SPERRFRIST", 10),
    "idle_in_transaction_session_timeout": _sekunden("DATENBANK_LEERLAUF", 60),
}
# To open SQLite anew takes longer than to answer with a page that is kept.
_datenbank.setdefault("CONN_MAX_AGE", 60)
DATABASES = {"default": _datenbank}

# What was made once for many: in the memory of each process, or for all processes and machines together.
CACHE_URL = os.environ.get("CACHE_URL", "").strip()
if CACHE_URL and not (urlsplit(CACHE_URL).scheme in ("redis", "rediss") and urlsplit(CACHE_URL).hostname):
    raise ImproperlyConfigured(
        "Die Umgebungsvariable CACHE_URL ist nicht lesbar. Erwartet wird zum Beispiel redis://rechner:6379/0."
    )
if CACHE_URL:
    # A server in the same building answers in a millisecond; one that is gone must not hold up pages.
    _cache = {
        "BACKEND": "konferenz.redisspeicher.Redisspeicher",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
    CACHES = {"default": {**_cache, "KEY_PREFIX": "kd"}, "seiten": {**_cache, "KEY_PREFIX": "kd-seiten"}}
else:
    _cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    CACHES = {
        "default": {**_cache, "LOCATION": "default", "OPTIONS": {"MAX_ENTRIES": 10_000}},
        # A page takes some 10 KB.
        "seiten": {**_cache, "LOCATION": "seiten", "OPTIONS": {"MAX_ENTRIES": 2_000}},
    }
# How long a proxy or CDN may answer with a public page without asking whether it still holds.
PROXY_SEKUNDEN = _sekunden("PROXY_SEKUNDEN", 0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
        "konferenz.kennwort.NichtDieMailadresse",
    )
]
LOGIN_URL = "admin:login"
# A link that sets a password: whoever is invited on a Thursday may come back on Tuesday.
PASSWORD_RESET_TIMEOUT = 5 * 24 * 3600
# Five attempts for one name from one address, then a quarter of an hour of rest.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
# In a row: who signs in begins anew. That is the same name from the same address, and nobody else's attempts.
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "gesperrt.html"
AXES_VERBOSE = False
AXES_CLIENT_STR_CALLABLE = "konferenz.protokoll.niemand"
AXES_ENABLE_ACCESS_FAILURE_LOG = True  # shortened, shown and deleted by konferenz/anmeldeprotokoll.py
AXES_ENABLE_ADMIN = False  # konferenz/protokollseite.py shows what it notes
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]

# The second step of signing in with a password (konferenz/zweiter_faktor.py).
ZWEITER_FAKTOR = "aus"
if os.environ.get("ZWEITER_FAKTOR", "").strip():
    ZWEITER_FAKTOR = _gelesen("ZWEITER_FAKTOR", _zweiter_faktor, "aus, moeglich oder pflicht")
MFA_ADAPTER = "konferenz.zweiter_faktor.Verschluesselung"
MFA_TOTP_ISSUER = f"Konferenzdokumentation {urlsplit(SITE_URL).hostname}"

# Signing in with the accounts that an office has anyway (konferenz/anmeldedienst.py).
OIDC_ADRESSE = ""
if os.environ.get("OIDC_ADRESSE", "").strip():
    OIDC_ADRESSE = _gelesen(
        "OIDC_ADRESSE",
        _dienstadresse,
        "die Adresse des Anmeldedienstes (issuer), zum Beispiel https://anmeldung.example.de/realms/haus",
    )
OIDC_CLIENT_ID = os.environ.get("OIDC_CLIENT_ID", "").strip()
OIDC_SECRET = os.environ.get("OIDC_SECRET", "").strip()
OIDC_NAME = os.environ.get("OIDC_NAME", "").strip() or "dem Hauskonto"
# Whether mail addresses of a service count that never says whether they are verified.
OIDC_EMAIL_VERTRAUEN = False
if os.environ.get("OIDC_EMAIL_VERTRAUEN", "").strip():
    OIDC_EMAIL_VERTRAUEN = _gelesen("OIDC_EMAIL_VERTRAUEN", _schalter, "1 oder 0")
if any((OIDC_ADRESSE, OIDC_CLIENT_ID, OIDC_SECRET)):
    for _name, _beispiel in (
        ("OIDC_ADRESSE", "https://anmeldung.example.de/realms/haus"),
        ("OIDC_CLIENT_ID", "konferenzdokumentation"),
        ("OIDC_SECRET", "(das Geheimnis, das der Anmeldedienst vergeben hat)"),
    ):
        if not os.environ.get(_name, "").strip():
            raise ImproperlyConfigured(
                f"Die Umgebungsvariable {_name} fehlt. Zur Anmeldung mit OpenID Connect gehören "
                f"OIDC_ADRESSE, OIDC_CLIENT_ID und OIDC_SECRET. Setzen Sie zum Beispiel {_name}={_beispiel}."
            )
# Both ways are steps of one sign-in; nobody gets an account by themselves.
ACCOUNT_ADAPTER = "konferenz.anmeldewege.Anmeldewege"
ACCOUNT_EMAIL_VERIFICATION = "none"  # of mail addresses the Organisation takes care
ACCOUNT_LOGIN_TIMEOUT = 600  # seconds for the second step
SOCIALACCOUNT_ADAPTER = "konferenz.anmeldedienst.Zuordnung"

LANGUAGE_CODE = "de"
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
USE_TZ = True

FIXTURE_DIRS = [BASE_DIR / "fixtures"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-gesammelt"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or BASE_DIR / "medien")
# The form of a heading sends eight fields for each of its statements; Django's limit of 1000 would
# turn a long one away.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# The page of a group sends its statements twice, as typed and as they were: a thousand of them are 1 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
_dateien: dict[str, Any] = {"BACKEND": "konferenz.speicher.Ordnerspeicher"}
# An object store instead, for several machines: https://rechner/eimer (konferenz/s3.py).
S3_URL = os.environ.get("S3_URL", "").strip()
if S3_URL:
    _s3 = re.fullmatch(r"(https?://[\w.-]+(?::\d{1,5})?)/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?", S3_URL)
    if not _s3:
        raise ImproperlyConfigured(
            "Die Umgebungsvariable S3_URL ist nicht lesbar. Erwartet werden Rechner und Eimer, zum Beispiel "
            "https://s3.example.de/konferenzdokumentation, ohne Zugangsdaten."
        )
    for _name in ("S3_SCHLUESSEL", "S3_GEHEIMNIS"):
        if not os.environ.get(_name, "").strip():
            raise ImproperlyConfigured(
                f"Die Umgebungsvariable {_name} fehlt. Mit S3_URL gehören S3_SCHLUESSEL und S3_GEHEIMNIS "
                "dazu, die Zugangsdaten des Objektspeichers."
            )
    if not all(map(find_spec, ("boto3", "storages"))):
        raise ImproperlyConfigured(
            "Die Umgebungsvariable S3_URL verlangt Pakete, die nicht installiert sind. Installieren Sie "
            "requirements/s3.txt statt requirements/betrieb.txt."
        )
    _dateien = {
        "BACKEND": "konferenz.s3.S3Speicher",
        "OPTIONS": {
            "endpoint_url": _s3[1],
            "bucket_name": _s3[2],
            "access_key": os.environ["S3_SCHLUESSEL"].strip(),
            "secret_key": os.environ["S3_GEHEIMNIS"].strip(),
            "region_name": os.environ.get("S3_REGION", "").strip() or "us-east-1",
        },
    }
STORAGES = {
    "default": _dateien,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# What browsers look for at the root of a site: favicon.ico and its like.
WHITENOISE_ROOT = BASE_DIR / "static" / "wurzel"
# No other site needs the fonts and styles of this one.
WHITENOISE_ALLOW_ALL_ORIGINS = False
# The design system is served from its npm package as it is; nothing is built or copied.
PAKETE = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
if DEBUG or PAKETE.exists():  # the image holds what was collected, not where it came from
    STATICFILES_DIRS += [
        ("kern", PAKETE / "@kern-ux" / "native" / "dist"),
        ("fira-sans", PAKETE / "@fontsource" / "fira-sans" / "files"),
    ]

# Whether mail reaches anybody. Where it doesn't the Organisation hands over the links itself (konten.py).
POSTAUSGANG = bool(os.environ.get("EMAIL_URL"))
if POSTAUSGANG:
    vars().update(_gelesen("EMAIL_URL", env.email_url, "smtp+tls://name:kennwort@rechner:587"))
else:
    EMAIL_BACKEND = f"django.core.mail.backends.{'console' if DEBUG else 'dummy'}.EmailBackend"
EMAIL_TIMEOUT = 10  # seconds; somebody waits for the page
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get(
    "DEFAULT_FROM_EMAIL", f"Konferenzdokumentation <noreply@{urlsplit(SITE_URL).hostname}>"
)
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured(
        "Die Umgebungsvariable DEFAULT_FROM_EMAIL nennt keine E-Mail-Adresse. Erwartet wird zum Beispiel "
        "Konferenzdokumentation <doku@example.de>."
    )
# Where readers write to: about barriers, and about security holes (security.txt).
KONTAKT_MAIL = os.environ.get("KONTAKT_MAIL", "").strip()
if KONTAKT_MAIL and "@" not in KONTAKT_MAIL:
    raise ImproperlyConfigured(
        "Die Umgebungsvariable KONTAKT_MAIL ist keine E-Mail-Adresse. Erwartet wird zum Beispiel "
        "doku@example.de."
    )

# Who publishes the data, and under which terms (konferenz/herausgabe.py). They say nothing of how the project
# is run, so that one of them alone makes no deployment.
HERAUSGEBER = os.environ.get("HERAUSGEBER", "").strip()
DATEN_KONTAKT = parseaddr(os.environ.get("DATEN_KONTAKT", ""))[1]
if os.environ.get("DATEN_KONTAKT", "").strip() and "@" not in DATEN_KONTAKT:
    raise ImproperlyConfigured(
        "Die Umgebungsvariable DATEN_KONTAKT nennt keine E-Mail-Adresse. Erwartet wird zum Beispiel "
        "doku@example.de."
    )
DATEN_LIZENZ = os.environ.get("DATEN_LIZENZ", "").strip()
if DATEN_LIZENZ and DATEN_LIZENZ not in LIZENZEN:
    raise ImproperlyConfigured(
        "Die Umgebungsvariable DATEN_LIZENZ nennt keine bekannte Lizenz. Möglich sind "
        f"{', '.join(LIZENZEN)} oder nichts."
    )
DATEN_BEREITSTELLER = os.environ.get("DATEN_BEREITSTELLER", "").strip()
if DATEN_BEREITSTELLER and not DATEN_BEREITSTELLER.startswith("http://dcat-ap.de/def/contributors/"):
    raise ImproperlyConfigured(
        "Die Umgebungsvariable DATEN_BEREITSTELLER ist keine Kennung von DCAT-AP.de. Erwartet wird zum "
        "Beispiel http://dcat-ap.de/def/contributors/statistischesLandesamtBadenWuerttemberg."
    )
DATEN_THEMEN = tuple(filter(None, os.environ.get("DATEN_THEMEN", "SOCI").upper().replace(" ", "").split(",")))
if not all(len(thema) == 4 and thema.isascii() and thema.isalpha() for thema in DATEN_THEMEN):
    raise ImproperlyConfigured(
        "Die Umgebungsvariable DATEN_THEMEN nennt keine Themen der EU. Erwartet wird zum Beispiel SOCI,GOVE."
    )

# Long work waits in the database for `manage.py hintergrunddienst`.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
# Where no such process takes up the work, the web process starts one that does what there is and ends.
HINTERGRUND_SELBST = True
# What setting one part of a Heft may take in seconds, the renderer's address space in bytes, and the pages
# of one Heft. 100 groups with 6,000 statements take 1,000 pages and 0.7 GB, and no part a second.
HEFT_GRENZEN = (120.0, 3 * 2**30, 6_000)
# So many Hefte may wait to be set; who asks for one more is asked to come back later.
HEFT_WARTESCHLANGE = 100

# Everything comes from this site: no inline script or style, no other host. What is not named is forbidden.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],  # the design system and the admin draw small icons as data addresses
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
        "frame-ancestors": [NONE],
        "worker-src": [NONE],
        "manifest-src": [NONE],
        "media-src": [NONE],
        # Addresses of pictures that somebody wrote with http:// are asked for with https://, too.
        "upgrade-insecure-requests": not DEBUG and SITE_URL.startswith("https://"),
    }
}
# What a page might ask of the device it is read on: to copy a citation (static/zitieren.js), to fill the
# screen with a Heft, and nothing else. Only what every browser on every system knows: the others complain.
_GERAET = """
accelerometer autoplay browsing-topics camera compute-pressure display-capture
encrypted-media gamepad geolocation gyroscope hid identity-credentials-get idle-detection keyboard-map
local-fonts magnetometer microphone midi otp-credentials payment picture-in-picture
publickey-credentials-create publickey-credentials-get screen-wake-lock serial storage-access sync-xhr usb
window-management xr-spatial-tracking
"""
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "clipboard-write": ["self"],
    "fullscreen": ["self"],
    **{name: [] for name in _GERAET.split()},
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "konferenz.nochmal.formular_abgelaufen"

_https = not DEBUG and SITE_URL.startswith("https://")
# How many proxies stand before the application, one after the other; each appends the address that it sees.
PROXYS = int(_https)
if os.environ.get("PROXYS", "").strip():
    PROXYS = _gelesen("PROXYS", _anzahl, "die Zahl der vorgeschalteten Proxys, zum Beispiel 1")
AXES_CLIENT_IP_CALLABLE = "konferenz.anmeldung.rechner"

# How generous the rate limits are (konferenz/drosselung.py): 1 as there, 3 three times so many, 0 none.
DROSSELUNG = int(not DEBUG)
if os.environ.get("DROSSELUNG", "").strip():
    DROSSELUNG = _gelesen("DROSSELUNG", _anzahl, "0 (keine), 1 oder ein Vielfaches bis 20")
RATELIMIT_FAIL_OPEN = True  # without its cache the site goes on without limits

# Who is signed in is signed out after so long without a request, and after a working day in any case
# (konferenz/sitzung.py). Guests keep what a link to a draft opened to them as long as such a link holds.
SITZUNG_RUHE = timedelta(hours=4)
SITZUNG_DAUER = timedelta(hours=12)
SESSION_ENGINE = "konferenz.sitzungsspeicher"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Else there would be a third cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

if _https:
    SECURE_SSL_REDIRECT = True
    if PROXYS:
        # A reverse proxy ends TLS and says so; it has to overwrite this header.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # For this host only: whether its subdomains have TLS for years is not this application's to promise.
    SECURE_HSTS_SECONDS = 31_536_000
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # A name that browsers take from this very host only, encrypted and for the whole site: no neighbour under
    # the same domain can put one of its own in its place (RFC 6265bis, 4.1.3.2).
    SESSION_COOKIE_NAME = "__Host-sitzung"
    CSRF_COOKIE_NAME = "__Host-csrf"
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Who may read the metrics: whoever names this token. Without it nobody may.
METRIKEN_MARKE = os.environ.get("METRIKEN_MARKE", "").strip()
if METRIKEN_MARKE and not re.fullmatch(r"[!-~]{20,}", METRIKEN_MARKE):
    raise ImproperlyConfigured(
        "Die Umgebungsvariable METRIKEN_MARKE ist zu leicht zu erraten. Erwartet werden mindestens 20 "
        "Zeichen ohne Leerzeichen, zum Beispiel aus: openssl rand -hex 32."
    )
# Where the background service, which has no web server, offers its own.
METRIKEN_PORT = (
    _gelesen("METRIKEN_PORT", _port, "eine Zahl von 1024 bis 65535, zum Beispiel 9100")
    if os.environ.get("METRIKEN_PORT")
    else None
)
if METRIKEN_PORT and not METRIKEN_MARKE:
    raise _fehlt("METRIKEN_MARKE", "das, was der Befehl „openssl rand -hex 32“ ausgibt")

LOGGING = einrichtung(lesbar=DEBUG)
logging.captureWarnings(not DEBUG)  # Python's own would be no JSON
