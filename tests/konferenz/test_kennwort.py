"""The rule for passwords beside Django's own."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

EVA = User(username="eva.test@example.org", email="eva.test@example.org", first_name="Eva", last_name="Test")


@pytest.mark.parametrize("kennwort", ["eva.test", "Eva.Test-2021", "xx-eva.test-xx"])
def test_der_anfang_der_mailadresse_ist_kein_kennwort(kennwort: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(kennwort, EVA)


def test_ein_anderes_kennwort_gilt_auch_ohne_konto_und_ohne_mailadresse() -> None:
    for konto in (EVA, User(username="jo"), None):
        validate_password("Regenschirm-im-Juni", konto)
