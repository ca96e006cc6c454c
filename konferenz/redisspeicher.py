"""A cache in Redis or Valkey without which everything goes on, only slower."""

import logging
from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

PAUSE = 5.0  # seconds for which nobody asks again: else every page would wait for the same answer
protokoll = logging.getLogger(__name__)


def _nachsichtig(name: str, sonst: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of the client that gives what `sonst` says where the server doesn't answer."""
    methode = getattr(RedisCacheClient, name)

    @wraps(methode)
    def umhuellt(self: "Client", *args: Any) -> Any:
        if monotonic() < self.wieder_ab:
            return sonst(*args)
        try:
            return methode(self, *args)
        except RedisError as fehler:
            self.wieder_ab = monotonic() + PAUSE
            protokoll.warning(
                "Der Zwischenspeicher antwortet nicht (%s): weiter ohne ihn.", type(fehler).__name__
            )
            return sonst(*args)

    return umhuellt


class Client(RedisCacheClient):
    """Finds nothing and keeps nothing as long as the server is gone.

    Whoever counts by `add` and `incr` always counts 1 then: a limit lets everybody pass.
    """

    wieder_ab = 0.0

    add = _nachsichtig("add", lambda key, value, timeout: True)
    get = _nachsichtig("get", lambda key, default: default)
    set = _nachsichtig("set", lambda key, value, timeout: None)
    touch = _nachsichtig("touch", lambda key, timeout: False)
    delete = _nachsichtig("delete", lambda key: False)
    get_many = _nachsichtig("get_many", lambda keys: {})
    has_key = _nachsichtig("has_key", lambda key: False)
    incr = _nachsichtig("incr", lambda key, delta: delta)
    set_many = _nachsichtig("set_many", lambda data, timeout: None)
    delete_many = _nachsichtig("delete_many", lambda keys: None)
    clear = _nachsichtig("clear", lambda: False)


class Redisspeicher(RedisCache):
    """Django's cache in Redis, with a client that is not in need of it."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client
