"""Asking again: always the same request, so that the server can tell a lost answer from a new wish."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import grpc

from .door import reason
from .errors import LinkLost, SettingsError

Request = TypeVar("Request")
Answer = TypeVar("Answer")

# Shortest and longest wait before a request is sent again.
WAITS_S = (0.05, 2.0)

# Only for these can the same request have another answer later.
PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    }
)


class Patience:
    """How long to go on without a word of the server, and when to ask again."""

    def __init__(self, silence_s: float) -> None:
        if not 0.1 <= silence_s <= 86_400:
            raise SettingsError(f"a patience of {silence_s} s; accepted: 0.1 to 86400 s")
        self.silence_s = silence_s
        self._heard = time.monotonic()
        self._wait_s = WAITS_S[0]

    @property
    def try_s(self) -> float:
        """How long one try may take: after that the request is sent again, which costs nothing while its action is under way."""
        left_s = self.silence_s - (time.monotonic() - self._heard)
        return min(max(left_s, 0.05), max(self.silence_s / 3, 0.05))

    def heard(self) -> None:
        """The server said something."""
        self._heard = time.monotonic()

    def wait(self, what: str, why: str, after_s: float | None = None) -> None:
        """Waits before the next try; raises `LinkLost` when there was no word for too long."""
        silent_s = time.monotonic() - self._heard
        if silent_s >= self.silence_s:
            raise LinkLost(f"{what}: no word of the server for {silent_s:.1f} s ({why})")
        wait_s = self._wait_s if after_s is None else after_s
        time.sleep(min(max(wait_s, 1e-3), WAITS_S[1], max(self.silence_s - silent_s, 1e-3)))
        self._wait_s = min(2 * self._wait_s, WAITS_S[1])


def ask(
    call: grpc.UnaryUnaryMultiCallable[Request, Answer],
    request: Request,
    what: str,
    patience: Patience,
    busy: Callable[[Answer], tuple[str, float | None] | None] = lambda _: None,
    passing: frozenset[grpc.StatusCode] = PASSING,
) -> Answer:
    """Sends a request until there is an answer for which `busy` does not say why (and after what time) to ask again.

    Only for requests that may be sent twice. Raises `LinkLost`; its cause is what was heard where asking again is in vain.
    """
    while True:
        after_s = None
        try:
            answer = call(request, timeout=patience.try_s)
        except grpc.RpcError as e:
            if isinstance(e, grpc.Call) and e.code() not in passing:
                raise LinkLost(f"{what}: {reason(e)}") from e
            why = reason(e)
        else:
            patience.heard()
            again = busy(answer)
            if again is None:
                return answer
            why, after_s = again
        patience.wait(what, why, after_s)
