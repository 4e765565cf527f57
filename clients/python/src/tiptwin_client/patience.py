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
    """How long to go on without a word of the server, and when to ask again.

    `pulse` says when it was last heard by somebody else, on the clock of `time.monotonic`: an answer may then take as long as it needs.
    Otherwise a request is given up and sent again after the `tries`-th part of the patience.
    """

    def __init__(self, silence_s: float, *, tries: int = 1, pulse: Callable[[], float] | None = None) -> None:
        if not 0.1 <= silence_s <= 86_400:
            raise SettingsError(f"a patience of {silence_s} s; accepted: 0.1 to 86400 s")
        self.silence_s = silence_s
        self.pulse = pulse
        self._tries = tries
        self._heard = time.monotonic()
        self._wait_s = WAITS_S[0]

    @property
    def silent_s(self) -> float:
        """For how long there was no word."""
        heard = self._heard if self.pulse is None else max(self._heard, self.pulse())
        return time.monotonic() - heard

    @property
    def try_s(self) -> float:
        """How long one try may take."""
        return max(min(self.silence_s - self.silent_s, self.silence_s / self._tries), 0.05)

    def heard(self) -> None:
        """The server said something."""
        self._heard = time.monotonic()

    def wait(self, what: str, why: str, after_s: float | None = None) -> None:
        """Waits before the next try; raises `LinkLost` when there was no word for too long."""
        silent_s = self.silent_s
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
            answer = _send(call, request, patience)
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


def _send(call: grpc.UnaryUnaryMultiCallable[Request, Answer], request: Request, patience: Patience) -> Answer:
    if patience.pulse is None:
        return call(request, timeout=patience.try_s)
    coming = call.future(request)
    try:
        while True:
            try:
                return coming.result(timeout=min(patience.try_s, 1.0))
            except grpc.FutureTimeoutError:
                if patience.silent_s >= patience.silence_s:
                    patience.wait("a request under way", "no heartbeat was answered")
    finally:
        coming.cancel()
