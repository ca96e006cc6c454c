"""What to make of times that lie ahead: the clock of the machine was set back since they were noted."""

from datetime import datetime, timedelta

from django.utils import timezone


def eben_erst(zeit: datetime, frist: timedelta) -> bool:
    """Whether something was less than so long ago.

    What lies ahead was not. Else it would count for as long as the clock was wrong, which may be for years.
    """
    return timedelta(0) <= timezone.now() - zeit < frist
