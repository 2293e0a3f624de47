"""Django's Redis cache with its clients kept, and a count added to in one question.

Django makes a client for each operation, which takes longer than the answer, and asks whether a count is there before it adds to it. Calls
that come before every item of business are counted twice each.
"""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

ADD = "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('INCRBY', KEYS[1], ARGV[1]) end"


Key = str | bytes | memoryview


class KeptClient(RedisCacheClient):
    """As Django's, of one server; a client is safe between threads, which share its pool of connections anyway."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Key | None = None, *, write: bool = False) -> Any:
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]

    def incr(self, key: Key, delta: int) -> int:
        """Raises ValueError where there is no such count."""
        count = self.get_client(key, write=True).eval(ADD, 1, key, delta)
        if count is None:
            raise ValueError(f"there is no count {key!r}")
        return int(count)


class KeptRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
