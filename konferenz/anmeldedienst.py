"""Signing in with the accounts that an office has anyway, by OpenID Connect, where OIDC_ADRESSE is set.

The protocol is django-allauth's, with state and PKCE. Ours is who may come in: accounts that the Organisation
has invited, found by the mail address that the service vouches for, and nobody else. Nothing of the service
is stored. And we are stricter than allauth: the service has to be the one that is set (OpenID Connect
Discovery, 4.3), an id token is checked as if it came from anywhere, signature and nonce included (Core,
3.1.3.7).
"""

import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthError, AuthProcess, ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from konferenz.adressen import ist_eigene
from konferenz.anmeldeprotokoll import abweisung_vermerken
from konferenz.anmeldung import rechner

logger = logging.getLogger(__name__)

KENNUNG = "anmeldedienst"
# Signed with a key of the service, never with one that we know, too.
VERFAHREN = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
UHREN = 60  # seconds that the clocks of both may differ
# What comes of a service that is gone, or answers something else than OpenID Connect does.
STOERUNGEN = (
    OSError,  # those of requests are, and a file of certificates that is not there
    OAuth2Error,
    ProviderException,
    jwt.PyJWTError,
    ImproperlyConfigured,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)


@dataclass(frozen=True, slots=True)
class Absage:
    """Why somebody does not come in, as the page says it."""

    titel: str
    text: str
    status: int = 403


FREMD = Absage(
    "Für Sie gibt es hier noch kein Konto",
    "Der Anmeldedienst hat Ihre E-Mail-Adresse genannt, zu ihr gehört hier aber kein Konto. Konten legt "
    "die Organisation der Konferenz an: Bitten Sie sie um eine Einladung an genau diese Adresse.",
)
MEHRERE = Absage(
    "Ihre E-Mail-Adresse gehört zu mehreren Konten",
    "Mit welchem Sie sich anmelden, lässt sich so nicht sagen. Melden Sie sich mit Benutzername und Kennwort "
    "an, oder bitten Sie die Organisation der Konferenz, die Adressen zu berichtigen.",
)
DEAKTIVIERT = Absage(
    "Ihr Konto ist nicht in Benutzung",
    "Es wurde deaktiviert. Wenn Sie es wieder brauchen, wenden Sie sich an die Organisation der Konferenz.",
)
UNBESTAETIGT = Absage(
    "Ihre E-Mail-Adresse ist nicht bestätigt",
    "Der Anmeldedienst hat keine E-Mail-Adresse von Ihnen genannt oder sie nicht bestätigt. Bitten Sie die "
    "Stelle, die Ihr Hauskonto verwaltet, das nachzuholen. Mit Ihrem Kennwort können Sie sich weiter "
    "anmelden.",
)
ABGEBROCHEN = Absage(
    "Sie haben die Anmeldung abgebrochen",
    "Es ist nichts geschehen. Sie können es noch einmal versuchen.",
    400,
)
ABGELAUFEN = Absage(
    "Diese Anmeldung gilt nicht mehr",
    "Sie hat zu lange gedauert, wurde schon benutzt oder in einem anderen Browser begonnen. Beginnen Sie sie "
    "bitte noch einmal. Gelingt es wieder nicht, melden Sie sich mit Ihrem Kennwort an.",
    400,
)
GESTOERT = Absage(
    "Der Anmeldedienst ist gerade nicht zu erreichen",
    "Er antwortet nicht oder nicht so, wie er soll. Versuchen Sie es in einigen Minuten noch einmal, oder "
    "melden Sie sich mit Ihrem Kennwort an. Bleibt es dabei, sagen Sie es der Organisation der Konferenz.",
    502,
)


def eingeschaltet() -> bool:
    """Whether there is such a service."""
    return bool(settings.OIDC_ADRESSE)


def anmeldeknopf(ziel: str) -> dict[str, str]:
    """Return what the sign-in page needs to offer this way, with `ziel` as the page to go on to."""
    if not eingeschaltet():
        return {}
    adresse = f"{reverse('anmeldedienst')}?{urlencode({'next': ziel})}"
    return {"dienstname": settings.OIDC_NAME, "dienstadresse": adresse}


class Kunde(OAuth2Client):
    """What we are to the service."""

    consumer_key: str
    consumer_secret: str

    def get_access_token(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what it gives for a code. Raises OAuth2Error where it gives nothing."""
        if self.basic_auth:  # written as in a form before it is a header (RFC 6749, 2.3.1)
            self.consumer_key = quote_plus(self.consumer_key)
            self.consumer_secret = quote_plus(self.consumer_secret)
        antwort: dict[str, Any] = super().get_access_token(*args, **kwargs)
        return antwort


class Dienst(OpenIDConnectOAuth2Adapter):
    """The service, as it describes itself."""

    client_class = Kunde

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return its description. Raises OAuth2Error where it is that of another."""
        angaben: dict[str, Any] = super().openid_config
        gesetzt = settings.OIDC_ADRESSE.partition("/.well-known/")[0]
        if angaben["issuer"].rstrip("/") != gesetzt.rstrip("/"):
            raise OAuth2Error("The service calls itself otherwise than OIDC_ADRESSE does.")
        return angaben

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return where it sends people back, as it is registered there."""
        return ruecksprung()

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Return who it says is there. Raises one of STOERUNGEN where that cannot be believed."""
        angaben = self._ausweis(app, kwargs["response"]["id_token"])
        if not {"email", "email_verified"} <= angaben.keys() and "userinfo_endpoint" in self.openid_config:
            weitere = self._fetch_user_info(token.token)
            if weitere["sub"] != angaben["sub"]:  # Core, 5.3.2
                raise OAuth2Error("The userinfo is somebody else's.")
            angaben |= {name: weitere[name] for name in ("email", "email_verified") if name in weitere}
        return self.get_provider().sociallogin_from_response(request, {"id_token": angaben})

    def _ausweis(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return what an id token says, after checking it."""
        with get_adapter().get_requests_session() as verbindung:
            antwort = verbindung.get(self.openid_config["jwks_uri"])
            antwort.raise_for_status()
        angaben: dict[str, Any] = jwt.decode(
            id_token,
            _schluessel(antwort.json()["keys"], jwt.get_unverified_header(id_token)),
            algorithms=VERFAHREN,
            audience=app.client_id,
            issuer=self.openid_config["issuer"],
            leeway=UHREN,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        return angaben


def _schluessel(alle: list[dict[str, Any]], kopf: dict[str, Any]) -> jwt.PyJWK:
    """Return the key with which a token says that it is signed. Raises one of STOERUNGEN where there is none.

    A key need not say for which procedure it is (RFC 7517, 4.4): one of RSA serves six.
    """
    verfahren = kopf["alg"]
    if verfahren not in VERFAHREN:
        raise jwt.InvalidAlgorithmError("The specified alg value is not allowed")
    passende = [
        schluessel
        for schluessel in alle
        if kopf.get("kid") in (None, schluessel.get("kid"))
        and schluessel.get("use", "sig") == "sig"
        and schluessel.get("alg", verfahren) == verfahren
    ]
    return jwt.PyJWK(passende[0], verfahren)


class Zuordnung(DefaultSocialAccountAdapter):
    """Tells django-allauth which service there is, and whose account somebody comes to."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return the service that is set; those in the database don't count."""
        dienst = SocialApp(
            provider="openid_connect",
            provider_id=KENNUNG,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_SECRET,
            settings={"server_url": settings.OIDC_ADRESSE.rstrip("/"), "oauth_pkce_enabled": True},
        )
        return [dienst]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Say whose account it is. Raises ImmediateHttpResponse with the page for who may not come in."""
        angaben = sociallogin.account.extra_data["id_token"]
        if not constant_time_compare(str(angaben.get("nonce", "")), sociallogin.state["nonce"]):
            raise ImmediateHttpResponse(absagen(request, ABGELAUFEN))
        if request.user.is_authenticated:
            logout(request)  # as another account, perhaps
        ergebnis = zustaendig(angaben)
        if isinstance(ergebnis, Absage):
            konto = _mit_adresse(angaben.get("email"))
            abweisung_vermerken(konto[0].username if konto else "", rechner(request))
            raise ImmediateHttpResponse(absagen(request, ergebnis))
        sociallogin.user = ergebnis

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Show our own page. Raises ImmediateHttpResponse with it."""
        if exception is not None:
            raise ImmediateHttpResponse(gestoert(request, exception))
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(absagen(request, ABGEBROCHEN))
        # Where there is a state the service itself said that something went wrong.
        if "state" not in (extra_context or {}):
            raise ImmediateHttpResponse(absagen(request, ABGELAUFEN))
        logger.error("The sign-in service refused%s", fehlerwort(request.GET.get("error", "")))
        raise ImmediateHttpResponse(absagen(request, GESTOERT))


def zustaendig(angaben: dict[str, Any]) -> User | Absage:
    """Return the account of whom the service vouches for, else why there is none.

    That it says nothing of an address suffices where OIDC_EMAIL_VERTRAUEN is set; a no stays a no.
    """
    bestaetigt = angaben.get("email_verified", settings.OIDC_EMAIL_VERTRAUEN)
    if not angaben.get("email") or (bestaetigt is not True and bestaetigt != "true"):  # a few send the word
        return UNBESTAETIGT
    konten = _mit_adresse(angaben.get("email"))
    if not konten:
        return FREMD
    if len(konten) > 1:
        return MEHRERE
    (konto,) = konten
    if not konto.is_active:
        return DEAKTIVIERT
    return konto if konto.is_staff else FREMD


def _mit_adresse(adresse: Any) -> list[User]:
    """Return the accounts with this mail address; letters that only a database takes for the same differ."""
    if not isinstance(adresse, str) or not adresse or "\0" in adresse:
        return []
    gleiche = User.objects.filter(email__iexact=adresse)
    return [konto for konto in gleiche if konto.email.casefold() == adresse.casefold()]


def ruecksprung() -> str:
    """Return the address to which the service sends people back."""
    return settings.SITE_URL + reverse("anmeldedienst_zurueck")


def absagen(request: HttpRequest, absage: Absage) -> HttpResponse:
    """Return the page that says why somebody does not come in."""
    kontext = {"absage": absage, "dienstname": settings.OIDC_NAME}
    return render(request, "konto/anmeldedienst.html", kontext, status=absage.status)


def fehlerwort(text: str) -> str:
    """Return the service's word for what went wrong (RFC 6749, 4.1.2.1, 5.2), in brackets, if there is one.

    `text` is that word or has the service's JSON in it. What that adds in sentences may name the person.
    """
    wort = re.search(r'(?:^|"error"\s*:\s*")([a-z_]{1,40})(?:$|")', text)
    return f" ({wort[1]})" if wort else ""


def gestoert(request: HttpRequest, fehler: Exception) -> HttpResponse:
    """Return the page that says that the service does not answer as it should, and log why."""
    art = type(fehler).__name__ + fehlerwort(str(fehler))
    logger.error("The sign-in service failed: %s", art, exc_info=fehler)
    return absagen(request, GESTOERT)


@never_cache
@require_safe
def hin(request: HttpRequest) -> HttpResponse:
    """Send somebody to the service."""
    if not eingeschaltet():
        raise Http404
    nonce = get_random_string(32)
    try:
        dienst = Dienst(request, KENNUNG).get_provider()
        dienst.oauth2_adapter_class = Dienst
        antwort: HttpResponse = dienst.redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=_ziel(request),
            auth_params={"nonce": nonce},
            nonce=nonce,
        )
    except STOERUNGEN as fehler:
        return gestoert(request, fehler)
    return antwort


@never_cache
@require_safe
def zurueck(request: HttpRequest) -> HttpResponse:
    """Take up somebody whom the service sends back: signed in, or told why not."""
    if not eingeschaltet():
        raise Http404
    if request.method == "HEAD":  # a code holds once
        return redirect("admin:login")
    try:
        antwort: HttpResponse = OAuth2CallbackView.adapter_view(Dienst(request, KENNUNG))(request)
    except STOERUNGEN as fehler:
        return gestoert(request, fehler)
    return antwort


def _ziel(request: HttpRequest) -> str:
    ziel = request.GET.get("next", "")
    return ziel if ist_eigene(ziel) else reverse("admin:index")
