"""Mutual TLS with the files of `tiptwin link init`, and sockets of this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import Serve

import tiptwin_client as tt


def init(tiptwin: str, folder: Path, *clients: str) -> Path:
    """An authority, a server on this machine, and clients."""
    names = ["--name", "127.0.0.1", "--name", "afm.lab.example"]
    command = [tiptwin, "link", "init", str(folder), *names, *(a for c in clients for a in ("--client", c))]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def certificates(tiptwin_decisions: str, tmp_path: Path) -> Path:
    """Certificates for a server and the client "gpu-box"."""
    return init(tiptwin_decisions, tmp_path / "certificates", "gpu-box")


def close_nothing(decisions: tt.Decisions) -> None:
    """A request that changes nothing: opening a session with a wrong image."""
    with pytest.raises(tt.DecisionError, match="accepted: 1 to 16, the structure image first"):
        decisions.open(tt.ScanGrid.square(1e-6, 20), [], kind="scalar")


def test_a_client_with_a_certificate_is_let_in_by_either_service(
    serve_instrument: Serve, serve_decisions: Serve, certificates: Path
) -> None:
    client, server = certificates / "gpu-box", str(certificates / "server")
    decisions_at = serve_decisions("--certificates", server).address
    for name in (None, "afm.lab.example"):
        with tt.Decisions(decisions_at, certificates=client, server_name=name) as decisions:
            close_nothing(decisions)
    instrument_at = serve_instrument("--certificates", server).address
    with tt.Instrument(instrument_at, certificates=client) as instrument, instrument.lease("notebook") as control:
        control.set_light(0.1)
        assert instrument.status().lease_name == "notebook (gpu-box)", "what the certificate says is known"


def test_strangers_are_refused_and_the_server_lives(
    serve_decisions: Serve, certificates: Path, tmp_path: Path, tiptwin_decisions: str
) -> None:
    address = serve_decisions("--certificates", str(certificates / "server")).address
    strange = init(tiptwin_decisions, tmp_path / "another", "gpu-box") / "gpu-box"
    grid = tt.ScanGrid.square(1e-6, 20)
    for what, client in [
        ("plain text", tt.Decisions(address, patience_s=2.0)),
        ("another authority", tt.Decisions(address, certificates=strange, patience_s=2.0)),
        ("another name", tt.Decisions(address, certificates=certificates / "gpu-box", server_name="stm.lab.example", patience_s=2.0)),
    ]:
        with client, pytest.raises(tt.LinkLost):
            client.open(grid, [], kind="scalar")
            pytest.fail(what)
    with tt.Decisions(address, certificates=certificates / "gpu-box") as decisions:
        close_nothing(decisions)


def test_a_client_that_was_taken_off_the_list_is_told_so(serve_decisions: Serve, certificates: Path) -> None:
    (certificates / "server" / "allowed.txt").write_text("somebody-else\n")
    address = serve_decisions("--certificates", str(certificates / "server")).address
    refused = pytest.raises(tt.LinkLost, match="not in this server's list of clients")
    with tt.Decisions(address, certificates=certificates / "gpu-box") as decisions, refused:
        decisions.open(tt.ScanGrid.square(1e-6, 20), [], kind="scalar")


def test_either_service_is_reached_by_a_unix_socket(serve_instrument: Serve, serve_decisions: Serve, tmp_path: Path) -> None:
    (tmp_path / "sockets").mkdir(mode=0o700)
    one, other = (f"unix:{tmp_path}/sockets/{name}.sock" for name in ("instrument", "decisions"))
    assert serve_decisions(address=other).address == other
    with tt.Decisions(other) as decisions:
        close_nothing(decisions)
    assert serve_instrument(address=one).address == one
    with tt.Instrument(one) as instrument, instrument.lease() as control:
        control.set_light(0.1)
        assert instrument.status().begun == 1
