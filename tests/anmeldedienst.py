"""A small identity provider for tests: OpenID Connect discovery, code, PKCE, keys and userinfo over HTTP.

It checks what a strict one checks, and answers as it is told to: `angaben` is what it says of the person,
`ausweis` changes the id token, `antworten` whole answers by their path, `schluesselangaben` what the key says
of itself. Where it wants the secret in a header it takes it as RFC 6749 (2.3.1) has it written.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, GEHEIMNIS = "konferenzdokumentation", "dienstgeheimnis"


class Anmeldedienst:
    """The service, in a thread of its own."""

    def __init__(self) -> None:
        self.schluessel = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.angaben: dict[str, Any] = {"sub": "4711", "email": "jo@example.de", "email_verified": True}
        self.im_ausweis = True  # else the mail address is in the userinfo only
        self.ausweis: Callable[[dict[str, Any]], str] = self.unterschrieben
        self.antworten: dict[str, tuple[int, str]] = {}
        self.fehler = ""
        self.kunde = (CLIENT_ID, GEHEIMNIS)
        self.im_kopf = False  # else the secret is expected in the form
        self.schluesselangaben = {"kid": "eins", "alg": "RS256", "use": "sig"}
        self.gefragt: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        dienst = self

        class Antwort(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._antworten("")

            def do_POST(self) -> None:
                self._antworten(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _antworten(self, koerper: str) -> None:
                marke = self.headers.get("Authorization", "")
                status, text = dienst.antwort(urlsplit(self.path).path, dict(parse_qsl(koerper)), marke)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Antwort)
        self.adresse = f"http://127.0.0.1:{self._server.server_port}/haus"
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def beenden(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def antwort(self, pfad: str, felder: dict[str, str], marke: str) -> tuple[int, str]:
        """Return status and body for a request."""
        self.gefragt.append(pfad)
        if pfad in self.antworten:
            return self.antworten[pfad]
        daten = {
            "/haus/.well-known/openid-configuration": lambda: {
                "issuer": self.adresse,
                "authorization_endpoint": f"{self.adresse}/anmelden",
                "token_endpoint": f"{self.adresse}/token",
                "userinfo_endpoint": f"{self.adresse}/person",
                "jwks_uri": f"{self.adresse}/schluessel",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic" if self.im_kopf else "client_secret_post"
                ],
            },
            "/haus/schluessel": self._jwks,
            "/haus/token": lambda: self._token(felder, marke),
            "/haus/person": lambda: self.angaben if marke == "Bearer zugang" else None,
        }.get(pfad, lambda: None)()
        return (200, json.dumps(daten)) if daten else (400, json.dumps({"error": "invalid_request"}))

    def _jwks(self) -> dict[str, Any]:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self.schluessel.public_key(), as_dict=True)
        return {"keys": [{**jwk, **self.schluesselangaben}]}

    def anmelden(self, adresse: str) -> str:
        """Do what the person does there: sign in and agree; return where the browser is sent back to."""
        teile = urlsplit(adresse)
        assert f"{teile.scheme}://{teile.netloc}{teile.path}" == f"{self.adresse}/anmelden"
        frage = {name: werte[0] for name, werte in parse_qs(teile.query).items()}
        assert frage["client_id"] == self.kunde[0]
        assert frage["response_type"] == "code"
        assert frage["code_challenge_method"] == "S256"
        assert set(frage["scope"].split()) == {"openid", "profile", "email"}
        if self.fehler:
            return f"{frage['redirect_uri']}?{urlencode({'error': self.fehler, 'state': frage['state']})}"
        code = f"code-{len(self._codes)}"
        self._codes[code] = frage
        return f"{frage['redirect_uri']}?{urlencode({'code': code, 'state': frage['state']})}"

    def _wer_fragt(self, felder: dict[str, str], marke: str) -> tuple[str, ...]:
        if not self.im_kopf:
            return felder["client_id"], felder["client_secret"]
        art, _, wert = marke.partition(" ")
        assert (art, "client_secret" in felder) == ("Basic", False)
        return tuple(map(unquote_plus, base64.b64decode(wert).decode().split(":")))

    def _token(self, felder: dict[str, str], marke: str) -> dict[str, Any] | None:
        frage = self._codes.pop(felder.get("code", ""), None)
        abdruck = hashlib.sha256(felder.get("code_verifier", "").encode()).digest()
        if (
            frage is None
            or base64.urlsafe_b64encode(abdruck).rstrip(b"=").decode() != frage["code_challenge"]
            or felder["redirect_uri"] != frage["redirect_uri"]
            or self._wer_fragt(felder, marke) != self.kunde
        ):
            return None
        jetzt = int(time.time())
        angaben = self.angaben if self.im_ausweis else {"sub": self.angaben["sub"]}
        ausweis = {
            "iss": self.adresse,
            "aud": self.kunde[0],
            "iat": jetzt,
            "exp": jetzt + 300,
            "nonce": frage["nonce"],
            **angaben,
        }
        return {"access_token": "zugang", "token_type": "Bearer", "id_token": self.ausweis(ausweis)}

    def unterschrieben(
        self, ausweis: dict[str, Any], schluessel: Any = None, verfahren: str = "RS256"
    ) -> str:
        """Return an id token, signed with the key of the service if no other is given."""
        return jwt.encode(ausweis, schluessel or self.schluessel, verfahren, headers={"kid": "eins"})
