"""What the tests in a real browser share."""

import pytest

from tests.browser.ansichten import ANSICHTEN, LANG, Durchsicht


@pytest.fixture(
    params=[
        pytest.param(ansichten, id=name, marks=pytest.mark.dauer)
        for name, ansichten in (
            {f"{groesse}-{schema}": [(groesse, schema)] for groesse, schema in ANSICHTEN}
            if LANG
            else {"wechselnd": ANSICHTEN}
        ).items()
    ]
)
def durchsicht(request: pytest.FixtureRequest) -> Durchsicht:
    """Return what looks at pages: in full at all in each size and scheme, in short at each in one of them."""
    return Durchsicht(request.param)
