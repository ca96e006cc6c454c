"""A rule for passwords beside Django's own."""

from typing import Any

from django.core.exceptions import ValidationError

KURZ = 4  # characters; shorter names turn up in good passwords by chance


class NichtDieMailadresse:
    """Refuses a password that holds what stands before the @ of the account's mail address.

    Django compares with the whole address, of which this may be too small a part.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where the password holds it, in whatever spelling."""
        name = getattr(user, "email", "").partition("@")[0].casefold()
        if len(name) >= KURZ and name in password.casefold():
            raise ValidationError(
                "Das Kennwort enthält den Anfang Ihrer E-Mail-Adresse. Wählen Sie ein anderes.",
                code="mailadresse",
            )

    def get_help_text(self) -> str:
        """Say the rule before it is broken."""
        return "Das Kennwort darf den Anfang Ihrer E-Mail-Adresse nicht enthalten."
