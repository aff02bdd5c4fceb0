"""The cache of production: Redis, and the database's table in its place while Redis does not answer."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# The cache of settings.CACHES that stands in for Redis.
RESERVE = "reserve"
SILENCE_SECONDS = 30.0


class _Rest:
    """How long this process leaves Redis alone after a failure: a page must not wait for it at each read."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_over(self) -> bool:
        """Tell whether Redis may be asked."""
        return time.monotonic() >= self._until

    def begin(self, error: Exception) -> None:
        """Leave Redis alone a while; it may be down, hang, or refuse to write because it is full."""
        self._until = time.monotonic() + SILENCE_SECONDS
        logger.warning("cache: Redis does not answer (%s), the database does", type(error).__name__)

    def end(self) -> None:
        """Ask Redis again."""
        self._until = 0.0


rest = _Rest()


def _steady(name: str) -> Callable[..., Any]:
    """Return an operation of the cache that Redis does, or the table where Redis fails."""

    def operation(self: "SteadyCache", *args: Any, **kwargs: Any) -> Any:
        if rest.is_over():
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except RedisError as error:
                rest.begin(error)
        return getattr(caches[RESERVE], name)(*args, **kwargs)

    return operation


class SteadyCache(RedisCache):
    """Redis, with the cache named "reserve" behind it: a table that `createcachetable` makes.

    What the cache holds is small and short-lived: the throttles of the sign-in above all, which go on counting
    in the table. Nothing is copied from one to the other.
    """

    add = _steady("add")
    get = _steady("get")
    set = _steady("set")
    touch = _steady("touch")
    delete = _steady("delete")
    get_many = _steady("get_many")
    has_key = _steady("has_key")
    incr = _steady("incr")
    set_many = _steady("set_many")
    delete_many = _steady("delete_many")
    clear = _steady("clear")
