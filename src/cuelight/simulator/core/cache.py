"""A bounded memory for what never changes: parsed Git objects, by repository and id."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class Cache:
    """The most recently used values, as many as fit into `capacity` bytes. Safe to use from several threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._used = 0
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Return the value kept under *key*, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Any, size: int) -> bool:
        """Keep *value*, counted as *size* bytes; False, and nothing kept, where it alone would take an eighth of the room."""
        if size > self._capacity // 8:
            return False
        with self._lock:
            self._used += size - self._entries.pop(key, (None, 0))[1]
            self._entries[key] = (value, size)
            while self._used > self._capacity:
                self._used -= self._entries.popitem(last=False)[1][1]
        return True
