"""The event, and what the site as a whole needs."""

__version__ = "0.1.0"  # as in pyproject.toml, which does not come along to where the application runs
