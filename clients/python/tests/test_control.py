"""Who has control, how it ends, and what a bad network does."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from conftest import Serve
from test_instrument import AT, same

import tiptwin_client as tt


def wait_for(what: str, within_s: float, there: Callable[[], bool]) -> float:
    """Waits until something is so; how long it took."""
    began = time.monotonic()
    while not there():
        assert time.monotonic() - began < within_s, f"{what} did not come within {within_s} s"
        time.sleep(0.02)
    return time.monotonic() - began


def is_safe(instrument: tt.Instrument) -> bool:
    """Whether the instrument was made safe and nobody has control."""
    status = instrument.status()
    return status.safe and not status.lease_name


class Line:
    """A line to a server that can be cut just before the next answer comes through."""

    def __init__(self, to: str) -> None:
        host, port = to.rsplit(":", 1)
        self._to = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.swallow = threading.Event()
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._to)
            for source, sink, is_answer in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, sink, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        # Frames of HTTP/2 that acknowledge something are short; an answer with a curve is long.
        with source, sink:
            try:
                while data := source.recv(1 << 16):
                    if is_answer and len(data) > 1000 and self.swallow.is_set():
                        self.swallow.clear()
                        self.cuts += 1
                        break
                    sink.sendall(data)
            except OSError:
                pass
            for end in (source, sink):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Lets nobody through any more."""
        self._listener.close()


@pytest.fixture
def line() -> Iterator[Callable[[str], Line]]:
    """Lines that end with the test."""
    lines: list[Line] = []

    def make(to: str) -> Line:
        lines.append(Line(to))
        return lines[-1]

    yield make
    for made in lines:
        made.close()


def test_leaving_makes_the_instrument_safe_and_gives_control_back(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument:
        with instrument.lease("a notebook") as control:
            control.set_light(0.5)
            control.sweep_iv(AT)
            status = instrument.status()
            assert (status.lease_name, status.safe) == ("a notebook", False) and status.lease_left_s is not None
        assert is_safe(instrument)
        control.release()
        with pytest.raises(tt.ControlLost):
            control.sweep_iv(AT)
        assert instrument.status().begun == 2 and is_safe(instrument)


def test_an_error_of_the_users_code_leaves_a_safe_instrument_as_well(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument:
        with pytest.raises(ZeroDivisionError), instrument.lease() as control:
            control.sweep_iv(AT)
            raise ZeroDivisionError
        assert is_safe(instrument)


def test_a_second_controller_is_told_who_has_control(serve_instrument: Serve) -> None:
    address = serve_instrument().address
    with tt.Instrument(address) as one, tt.Instrument(address) as other, one.lease("the first"):
        with pytest.raises(tt.ControlHeld, match='"the first" has control') as refused:
            other.lease("the second")
        assert refused.value.retry_after_s is not None and 0 < refused.value.retry_after_s <= 10
        assert other.describe() == one.describe(), "looking is free"


def test_a_name_that_nobody_can_read_is_refused(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, pytest.raises(tt.Refused, match="printable") as refused:
        instrument.lease("two\nlines")
    assert refused.value.reason is tt.RefusalReason.MALFORMED


def test_the_heart_beats_while_the_user_thinks(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument("--lease-s", "0.6").address) as instrument, instrument.lease() as control:
        assert control.time_to_live_s == 0.6
        control.set_light(0.1)
        time.sleep(2.0)
        assert control.lost is None and not instrument.status().safe
        control.sweep_iv(AT)


def test_anybody_can_make_it_safe_at_any_time(serve_instrument: Serve) -> None:
    address = serve_instrument().address
    with tt.Instrument(address) as one, tt.Instrument(address) as other, one.lease() as control:
        control.set_light(0.5)
        other.make_safe()
        assert other.status().safe
        control.sweep_iv(AT)
        assert not other.status().safe, "control was not taken away"


def test_control_that_is_forgotten_ends_by_itself(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument("--lease-s", "0.5").address) as instrument:
        control = instrument.lease()
        control.set_light(0.5)
        del control
        gc.collect()
        assert wait_for("a safe instrument", 1.5, lambda: is_safe(instrument)) < 1.0


def test_control_that_ran_out_is_said_to_be_lost_and_nothing_is_touched(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument("--lease-s", "0.4").address) as instrument, instrument.lease() as control:
        control.set_light(0.5)
        control._heart.stop()
        wait_for("a safe instrument", 1.5, lambda: is_safe(instrument))
        with pytest.raises(tt.ControlLost):
            control.sweep_iv(AT)
        assert instrument.status().begun == 1


def test_a_killed_notebook_leaves_a_safe_instrument(serve_instrument: Serve) -> None:
    server = serve_instrument("--lease-s", "0.6")
    code = (
        "import sys, time, tiptwin_client as tt\n"
        f"control = tt.Instrument({server.address!r}).lease('doomed')\n"
        "control.set_light(0.5)\n"
        "print('lit', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as notebook:
        assert notebook.stdout is not None and notebook.stdout.readline() == "lit\n"
        time.sleep(1.0)
        with tt.Instrument(server.address) as instrument:
            assert instrument.status().lease_name == "doomed", "its heart beats"
            notebook.send_signal(signal.SIGKILL)
            after_s = wait_for("a safe instrument", 2.0, lambda: is_safe(instrument))
            assert after_s < 0.6 + 0.5
    assert any('no heartbeat of "doomed"' in line for line in server.said)


def test_an_answer_that_is_lost_on_the_way_is_asked_for_again_and_nothing_is_touched_twice(
    serve_instrument: Serve, line: Callable[[str], Line]
) -> None:
    server = serve_instrument()
    bad = line(server.address)
    with tt.Instrument(bad.address) as instrument, instrument.lease() as control:
        for sweeps in range(1, 6):
            bad.swallow.set()
            curve = control.sweep_iv(AT)
            assert bad.cuts == sweeps, "each answer was cut off once"
            assert instrument.status().begun == sweeps, "and each sweep is one touch"
            assert same(instrument.get_result(curve.id), curve)


def test_a_server_that_is_gone_is_a_lost_link_and_its_results_are_there_when_it_is_back(serve_instrument: Serve) -> None:
    server = serve_instrument()
    with tt.Instrument(server.address, patience_s=1.5) as instrument:
        control = instrument.lease()
        first = control.sweep_iv(AT)
        server.kill()
        began = time.monotonic()
        with pytest.raises(tt.LinkLost, match="not known here") as lost:
            control.sweep_iv(AT)
        assert 1.0 < time.monotonic() - began < 4.0
        assert lost.value.kind is tt.ErrorKind.LINK and lost.value.id is not None
        server = serve_instrument(address=server.address)
        assert same(instrument.get_result(first.id), first)
        with pytest.raises(tt.Refused) as refused:
            instrument.get_result(lost.value.id)
        assert refused.value.reason is tt.RefusalReason.ID_UNKNOWN, "it was never begun"
        with pytest.raises(tt.ControlLost):
            control.sweep_iv(AT)
        control.release()
        assert is_safe(instrument) and instrument.status().begun == 0


def test_nobody_at_the_address_is_a_lost_link() -> None:
    with tt.Instrument("127.0.0.1:1", patience_s=0.5) as instrument, pytest.raises(tt.LinkLost, match=r"127\.0\.0\.1:1"):
        instrument.describe()
