"""The security headers of every answer: pages, files, errors, redirects.

Which ones are set is the choice of the OWASP Secure Headers Project; CSP and Permissions-Policy come from
libraries of their own (konferenz/settings.py).
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware


class Kopfzeilen(SecurityMiddleware):
    """Django's security headers, and two more, also where Django's own middleware never gets to set them.

    It refuses a wrong host name (400) before it has an answer, and that of frames stands below WhiteNoise,
    which sends files itself. Standing outermost, this one finds them all. What a view or a middleware below
    has set stays as it is.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._rahmen = XFrameOptionsMiddleware(get_response)

    def process_request(self, request: HttpRequest) -> None:
        """Leave the redirect to https to Django's own middleware, whose errors are answers up here."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add what is missing."""
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        self._rahmen.process_response(request, response)
        return super().process_response(request, response)
