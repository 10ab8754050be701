"""The census: the heads of many repositories, a hundred a request, with a second and third try for those not answered."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from cuelight.clock import Clock
from cuelight.errors import HostDenied, HostError
from cuelight.schedule import Backoff
from cuelight.scm import Host, Look, Seen, Unseen

TOGETHER = 100
"""Questions of one request."""
TRIES = 3
_BACKOFF = Backoff(first=1.0, cap=4.0)

T = TypeVar("T")
Answer = Seen | Unseen | HostError


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to each look, in their order; an error where the host said nothing of it. `requests` it took."""

    each: Sequence[Answer]
    requests: int


async def ask(host: Host, looks: Sequence[Look], clock: Clock) -> Answers:
    """Ask *host* for at most `TOGETHER` *looks* at a time. What it cannot say now is asked again; a refusal is not."""
    answers = [await _batch(host, looks[start : start + TOGETHER], clock) for start in range(0, len(looks), TOGETHER)]
    return Answers(
        each=[answer for batch in answers for answer in batch.each], requests=sum(batch.requests for batch in answers)
    )


async def patiently(question: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """The answer to *question*, which is asked again where the host cannot say now; HostError where it never could."""
    failures = 0
    while True:
        try:
            return await question()
        except HostError as error:
            failures += 1
            if failures == TRIES or not _worth_another(error):
                raise
            await clock.sleep(_BACKOFF.delay(failures))


async def _batch(host: Host, looks: Sequence[Look], clock: Clock) -> Answers:
    answers = await _asked(host, looks)
    requests = 1
    while requests < TRIES and (open_ := [place for place, answer in enumerate(answers) if _worth_another(answer)]):
        await clock.sleep(_BACKOFF.delay(requests))
        again = await _asked(host, [looks[place] for place in open_])
        requests += 1
        for place, answer in zip(open_, again, strict=True):
            answers[place] = answer
    return Answers(each=answers, requests=requests)


async def _asked(host: Host, looks: Sequence[Look]) -> list[Answer]:
    """One request; an error that is about all of them is the answer to each."""
    try:
        return list(await host.heads(looks))
    except HostError as error:
        return [error] * len(looks)


def _worth_another(answer: Answer) -> bool:
    """Whether asking again may help; a host that asks for patience is left alone until the next sweep."""
    if not isinstance(answer, HostError) or isinstance(answer, HostDenied):
        return False
    return getattr(answer, "retry_after", None) is None
