"""Pages go out compressed: statements are long, and phones have slow lines."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Seitenkompression(GZipMiddleware):
    """Compresses pages and data in text, as Django does it (padded against BREACH, https://breachattack.com).

    Files are left alone: a part of a PDF that somebody asks for has to be that part.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a page."""
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
