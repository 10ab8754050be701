"""Values as a person reads them. `static/words.js` says the same in the browser."""

from urllib.parse import urlsplit

from cuelight.clock import SECOND, parse_iso

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def elapsed(instant: str, now: int) -> str:
    """How long ago *instant* (ISO 8601) was at *now* (microseconds): `just now`, `12 s ago`, `3 min ago`."""
    seconds = (now - parse_iso(instant)) // SECOND
    if seconds < 2:
        return "just now"
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def duration(milliseconds: float | None) -> str:
    """*milliseconds* in the unit that needs the fewest digits: `8 ms`, `1.4 s`, `3 min`; a dash for None."""
    if milliseconds is None:
        return "—"
    if milliseconds < 1_000:
        return f"{max(1, round(milliseconds))} ms"
    seconds = milliseconds / 1_000
    if seconds < 60:
        return f"{seconds:.1f} s"
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    raise AssertionError(seconds)


def web_link(url: str | None) -> str | None:
    """*url* where a link to it is harmless (http, https), else None."""
    if url is None:
        return None
    try:
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None
