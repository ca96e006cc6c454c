"""The second factor: a code of an app (TOTP, RFC 6238) or, once each, one of ten recovery codes.

The tables, the secrets and the arithmetic are django-allauth's. Ours is what it leaves open: secrets are
encrypted where they are stored, and no code is taken twice, whichever process it is sent to (RFC 6238, 5.2);
allauth remembers used codes in the cache, which may be one of many and forgets.
"""

import time
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset as entsperren
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe
from qrcode import QRCode
from qrcode.image.svg import SvgPathImage

from konferenz.anmeldeprotokoll import falsche_codes

AUS, MOEGLICH, PFLICHT = "aus", "moeglich", "pflicht"
APP, CODES = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
# Codes of the step before and after are taken as well, since clocks differ (RFC 6238, 5.2).
SPIELRAUM = 1
# So many wrong codes an account may get within so long, wherever they come from: whoever has its password and
# many addresses is not stopped by the lock of one address.
HOECHSTENS, IN = 10, timedelta(hours=1)
# So long after a right code another second factor may be set up.
ERSETZEN_SEKUNDEN = 600
SITZUNGSFELD, ERSETZEN = "zweiter_faktor_neu", "zweiter_faktor_ersetzen"


class Gesperrt(Exception):
    """Too many wrong codes; `ueberall` where they were counted for the account, not for one address."""

    def __init__(self, *, ueberall: bool) -> None:
        super().__init__("Too many wrong codes.")
        self.ueberall = ueberall


class Unlesbar(Exception):
    """A secret was encrypted with another SECRET_KEY."""


class Verschluesselung(DefaultMFAAdapter):
    """Encrypts what is stored, with a key that follows from SECRET_KEY (former ones are read, too)."""

    def encrypt(self, text: str) -> str:
        """Return the text as it is stored."""
        return _schluessel().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text again. Raises Unlesbar where no key fits."""
        try:
            return _schluessel().decrypt(encrypted_text).decode()
        except InvalidToken as fehler:
            raise Unlesbar from fehler


def _schluessel() -> MultiFernet:
    geheimnisse = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    abdruecke = (
        salted_hmac("konferenz.zweiter_faktor", "", secret=geheimnis, algorithm="sha256").digest()
        for geheimnis in geheimnisse
    )
    return MultiFernet([Fernet(urlsafe_b64encode(abdruck)) for abdruck in abdruecke])


def eingeschaltet() -> bool:
    """Whether accounts may, or have to, have a second factor."""
    return settings.ZWEITER_FAKTOR != AUS


def pflicht() -> bool:
    """Whether every account that signs in with a password needs one."""
    return settings.ZWEITER_FAKTOR == PFLICHT


# Setting it up


def hat(konto: Any) -> bool:
    """Whether the account has a second factor."""
    return Authenticator.objects.filter(user=konto, type=APP).exists()


def ersetzen_erlauben(request: HttpRequest) -> None:
    """Let this session set up another one; a code was right just now."""
    request.session[ERSETZEN] = int(time.time())


def darf_ersetzen(request: HttpRequest) -> bool:
    """Whether a code was right in this session not long ago."""
    jetzt = time.time()
    return jetzt - ERSETZEN_SEKUNDEN < request.session.get(ERSETZEN, 0) <= jetzt


def neues_geheimnis(request: HttpRequest) -> str:
    """Return the secret that somebody is about to put into an app: the same until it is used."""
    verwahrung = get_adapter()
    if SITZUNGSFELD not in request.session:
        request.session[SITZUNGSFELD] = verwahrung.encrypt(generate_totp_secret())
    return verwahrung.decrypt(request.session[SITZUNGSFELD])


def fertig(request: HttpRequest) -> None:
    """Forget what was noted in the session while a second factor was set up."""
    for feld in (SITZUNGSFELD, ERSETZEN):
        request.session.pop(feld, None)


def appadresse(konto: User, geheimnis: str) -> str:
    """Return the address (otpauth:) that an app understands, by a link or a picture."""
    return get_adapter().build_totp_url(konto, geheimnis)


def qr_code(adresse: str) -> SafeString:
    """Return a picture of an address as SVG without any style, which the CSP would forbid."""
    bild = QRCode(border=4, image_factory=SvgPathImage)
    bild.add_data(adresse)
    return mark_safe(bild.make_image().to_string(encoding="unicode"))  # noqa: S308  # numbers only


@transaction.atomic
def einrichten(konto: User, geheimnis: str, code: str) -> list[str] | None:
    """Give the account this secret if the code fits it; return its recovery codes, None where it doesn't.

    A former second factor is replaced.
    """
    schritt = _schritt(geheimnis, code)
    if schritt is None:
        return None
    User.objects.select_for_update().get(pk=konto.pk)  # two at once: the second replaces the first
    entfernen(konto)
    faktor = TOTP.activate(konto, geheimnis).instance
    faktor.data["zuletzt"] = schritt
    faktor.save(update_fields=["data"])
    return RecoveryCodes.activate(konto).generate_codes()


@transaction.atomic
def neue_codes(konto: User) -> list[str]:
    """Replace the recovery codes of an account and return the new ones."""
    User.objects.select_for_update().get(pk=konto.pk)
    Authenticator.objects.filter(user=konto, type=CODES).delete()
    return RecoveryCodes.activate(konto).generate_codes()


def uebrige_codes(konto: User) -> int:
    """Return how many recovery codes of an account are left; none where they cannot be read."""
    faktor = Authenticator.objects.filter(user=konto, type=CODES).first()
    try:
        return len(faktor.wrap().get_unused_codes()) if faktor else 0
    except Unlesbar:
        return 0


def entfernen(konto: User) -> None:
    """Take the second factor away, recovery codes included."""
    Authenticator.objects.filter(user=konto).delete()


def zuruecksetzen(konto: User) -> None:
    """Take it away for somebody who is shut out: what failed before no longer locks the account."""
    entfernen(konto)
    entsperren(username=konto.username)


# Asking for it


@transaction.atomic
def pruefen(request: HttpRequest, konto: User, code: str) -> bool:
    """Return whether a code fits the account now, and use it up; a wrong one counts towards the locks.

    Raises Gesperrt where too many were wrong, Unlesbar where SECRET_KEY is another by now.
    """
    User.objects.select_for_update().get(pk=konto.pk)  # what is sent at once is counted one after the other
    wer = {"username": konto.username}
    if falsche_codes(konto.username, _zaehlt_seit(konto)) >= HOECHSTENS:
        raise Gesperrt(ueberall=True)
    if not AxesProxyHandler.is_allowed(request, wer):
        raise Gesperrt(ueberall=False)
    for faktor in Authenticator.objects.filter(user=konto, type__in=(APP, CODES)):
        if _passt(faktor, code):
            faktor.record_usage()
            return True
    user_login_failed.send(sender=__name__, credentials=wer, request=request)
    return False


def _zaehlt_seit(konto: User) -> datetime:
    """Return since when wrong codes count: those for a former second factor don't.

    Only a right code, or the Organisation, leads to another one; new recovery codes are no reason.
    """
    jetzt = timezone.now()
    eingerichtet = Authenticator.objects.filter(user=konto, type=APP, created_at__lte=jetzt)
    return max([jetzt - IN, *eingerichtet.values_list("created_at", flat=True)])


def _passt(faktor: Authenticator, code: str) -> bool:
    if faktor.type == CODES:
        return bool(faktor.wrap().validate_code(code))
    schritt = _schritt(get_adapter().decrypt(faktor.data["secret"]), code, nach=faktor.data.get("zuletzt", 0))
    if schritt is None:
        return False
    faktor.data["zuletzt"] = schritt
    faktor.save(update_fields=["data"])
    return True


def uhr() -> int:
    """Return the step of time that it is now."""
    return int(time.time()) // int(app_settings.TOTP_PERIOD)


def _schritt(geheimnis: str, code: str, nach: int = 0) -> int | None:
    """Return the step of time, later than `nach`, whose code this is; None where it is of none of now."""
    jetzt = uhr()
    return next(
        (
            schritt
            for schritt in range(jetzt - SPIELRAUM, jetzt + SPIELRAUM + 1)
            if schritt > nach
            and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(geheimnis, schritt)))
        ),
        None,
    )
