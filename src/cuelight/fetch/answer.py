"""What a host answered, and which answers say that nothing is known. Pure."""

import email.utils
import json
from collections.abc import Mapping
from typing import Final

import msgspec

from cuelight.clock import SECOND
from cuelight.errors import HostDenied, HostError, HostUnavailable

LONGEST_WAIT = 3600.0
"""Seconds that a host can make us wait, at most."""
_SECONDARY_WAIT: Final = 60.0
"""What GitHub asks for where its answer names no time; see its page on rate limits, below."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, read to its end. `request` names what was asked (`GET https://…`); `headers` have lower-case names."""

    request: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of the hour's limit; `resets_at` is in seconds since the epoch."""

    limit: int
    remaining: int
    resets_at: int


def rate_limit(answer: Answer) -> RateLimit | None:
    """The state of the limit that *answer* was counted against; None where it says nothing of it."""
    limit, remaining, reset = (_told(answer, name) for name in ("limit", "remaining", "reset"))
    if not (_is_number(remaining) and _is_number(reset)):
        return None
    return RateLimit(limit=int(limit) if _is_number(limit) else 0, remaining=int(remaining), resets_at=int(reset))


def is_limited(answer: Answer) -> bool:
    """Whether the host asks for a pause: 429, or a 403 that shows the signs of a rate limit."""
    # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    if answer.status != 403:
        return answer.status == 429
    return "retry-after" in answer.headers or is_spent(answer) or b"rate limit" in answer.body.lower()


def is_spent(answer: Answer) -> bool:
    """Whether nothing is left of the hour's limit."""
    return _told(answer, "remaining") == "0"


def refusal(answer: Answer, now: int) -> HostError | None:
    """The error that *answer* stands for at *now* (microseconds since the epoch); None where it is for the caller to judge."""
    said = f"{answer.request} was answered {answer.status}{_said(answer.body)}"
    if is_limited(answer):
        return HostUnavailable(f"{said}: a rate limit; it is asked again later", retry_after=wait(answer, now))
    if answer.status >= 500:
        return HostUnavailable(f"{said}; it is asked again later", retry_after=_retry_after(answer, now))
    if answer.status == 401:
        mend = "the token or app of this host under integrations is wrong, expired or revoked; replace it"
        return HostDenied(f"{said}; {mend}", unauthorized=True)
    if answer.status in {403, 451}:
        return HostDenied(f"{said}; check what the credentials of this host under integrations may read")
    if answer.status in {407, 408, 425}:
        return HostUnavailable(f"{said}; it is asked again later")
    return None


def wait(answer: Answer, now: int) -> float | None:
    """Seconds until the rate limit of *answer* ends, as far as it says so."""
    told = _retry_after(answer, now)
    if told is not None:
        return told
    reset = _told(answer, "reset")
    if is_spent(answer) and _is_number(reset):
        return _bounded(int(reset) - now / SECOND)
    return _SECONDARY_WAIT if b"secondary rate limit" in answer.body.lower() else None


def _retry_after(answer: Answer, now: int) -> float | None:
    """Seconds as in `Retry-After`, which holds a number of them or a date."""
    text = answer.headers.get("retry-after", "").strip()
    if _is_number(text):
        return _bounded(float(text))
    try:
        return _bounded(email.utils.parsedate_to_datetime(text).timestamp() - now / SECOND)
    except (ValueError, OverflowError):
        return None


def _told(answer: Answer, name: str) -> str:
    return answer.headers.get(f"x-ratelimit-{name}") or answer.headers.get(f"ratelimit-{name}") or ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_WAIT)


def _said(body: bytes) -> str:
    """The message of an error's JSON, for a person to read; empty where there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, str):
        return ""
    return f" ({''.join(character for character in message[:200] if character.isprintable())})"
