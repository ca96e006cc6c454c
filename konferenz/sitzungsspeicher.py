"""Sessions in the database, as Django keeps them, but for a database that goes away while a page is made."""

import logging

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


class SessionStore(db.SessionStore):
    """Gives a page that is made already to whoever asked for it, though nothing can be noted any more.

    Django takes every error of the database for a session that somebody ended meanwhile, and answers 400.
    What is lost is the time of this request, or a message that the next page would show.
    """

    def save(self, must_create: bool = False) -> None:
        """Save; raises what Django's does, except where the database is away and this is no new session."""
        try:
            super().save(must_create)
        except UpdateError as fehler:
            if not isinstance(fehler.__context__, OperationalError | InterfaceError):
                raise
            logger.warning("A session could not be saved.", exc_info=True)
