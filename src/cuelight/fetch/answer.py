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
_UNTOLD_WAIT: Final = 60.0
"""What GitHub asks for where its answer names no time; see its page on rate limits, below."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, read to its end. `headers` have lower-case names.

    `request` names what was asked, and what for (`GET https://… (tree, for events)`); no credential is in it.
    """

    request: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def sent_at(self) -> int | None:
        """When the host sent it, in microseconds since the epoch by its own clock; None where it does not say.

        What a host says of times is meant by that clock, which need not go as ours does.
        """
        return _date(self.headers.get("date", ""))


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of the hour's limit.

    `hour` is the host's word for it: the second since the epoch at which it ends by the host's clock. `resets_in` are the
    seconds until then, from a second to an hour.
    """

    limit: float
    remaining: float
    hour: float
    resets_in: float


def rate_limit(answer: Answer, now: int) -> RateLimit | None:
    """The state of the limit that *answer*, of *now*, was counted against; None where it says nothing of it."""
    limit, remaining, hour = (_number(_told(answer, name)) for name in ("limit", "remaining", "reset"))
    if remaining is None or hour is None:
        return None
    return RateLimit(limit=limit or 0, remaining=remaining, hour=hour, resets_in=_until(hour, answer, now))


def is_limited(answer: Answer) -> bool:
    """Whether the host asks for a pause: 429, or a 403 that shows the signs of a rate limit."""
    # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    if answer.status != 403:
        return answer.status == 429
    said = answer.body.lower()
    return "retry-after" in answer.headers or is_spent(answer) or b"rate limit" in said or b"abuse detection" in said


def is_spent(answer: Answer) -> bool:
    """Whether nothing is left of the hour's limit."""
    return _told(answer, "remaining") == "0"


def refusal(answer: Answer, now: int) -> HostError | None:
    """The error that *answer* stands for at *now* (microseconds since the epoch); None where it is for the caller to judge."""
    said = f"{answer.request} was answered {answer.status}{_said(answer)}"
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


def wait(answer: Answer, now: int) -> float:
    """Seconds until the rate limit of *answer* ends: as it says, or a minute, and an hour at most."""
    told = _retry_after(answer, now)
    if told is not None:
        return told
    limit = rate_limit(answer, now) if is_spent(answer) else None
    return limit.resets_in if limit else _UNTOLD_WAIT


def _retry_after(answer: Answer, now: int) -> float | None:
    """Seconds as in `Retry-After`, which holds a number of them or a date."""
    text = answer.headers.get("retry-after", "").strip()
    seconds, moment = _number(text), _date(text)
    if seconds is not None:
        return _bounded(seconds)
    return None if moment is None else _until(moment / SECOND, answer, now)


def _told(answer: Answer, name: str) -> str:
    return answer.headers.get(f"x-ratelimit-{name}") or answer.headers.get(f"ratelimit-{name}") or ""


def _number(text: str) -> float | None:
    """The number of digits only, however many."""
    return float(text) if text.isascii() and text.isdigit() else None


def _date(text: str) -> int | None:
    """The instant of a date as HTTP writes it."""
    try:
        return int(email.utils.parsedate_to_datetime(text).timestamp() * SECOND)
    except (ValueError, OverflowError):
        return None


def _until(second: float, answer: Answer, now: int) -> float:
    """Seconds from when *answer* was sent until *second* since the epoch, both by its host's clock."""
    sent_at = answer.sent_at
    return _bounded(second - (now if sent_at is None else sent_at) / SECOND)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_WAIT)


def _said(answer: Answer) -> str:
    """The message of an error's JSON, for a person to read; empty where there is none."""
    if answer.status < 400:
        return ""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, str):
        return ""
    return f" ({''.join(character for character in message[:200] if character.isprintable())})"
