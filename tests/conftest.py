"""What all tests share: the real conference, signed-in users, one browser per run."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from konferenz.models import Konferenz
from tests import vorlage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["tests.ausgelassen"]

# Playwright's synchronous interface runs an event loop, in which Django refuses to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def _leerer_cache() -> None:
    """Start every test with an empty cache."""
    cache.clear()


@pytest.fixture(autouse=True)
def _dateien(settings, tmp_path: Path) -> None:
    """Keep uploads of tests out of the project."""
    settings.MEDIA_ROOT = tmp_path / "medien"


@pytest.fixture
def echte_konferenz(db) -> Konferenz:
    """Load the real conference, released."""
    call_command("loaddata", vorlage.SLUG, verbosity=0)
    konferenz = Konferenz.objects.get(slug=vorlage.SLUG)
    konferenz.status = Konferenz.Status.VEROEFFENTLICHT
    konferenz.save()
    return konferenz


@pytest.fixture
def organisation(db) -> Client:
    """Return a client that is signed in as an organiser."""
    client = Client()
    client.force_login(User.objects.create_superuser("organisation"))
    return client


@pytest.fixture
def fremd(db) -> Client:
    """Return a client that is signed in as somebody without any rights."""
    client = Client()
    client.force_login(User.objects.create_user("fremd"))
    return client


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Start the one browser of the run."""
    from playwright.sync_api import sync_playwright

    from tests.ausgelassen import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()
