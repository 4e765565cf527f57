"""Programs that serve, as a user starts them: nothing here stands in for anything.

TIPTWIN names the binary (default: target/release/tiptwin of the repository), TIPTWIN_DECISIONS another one for decisions and certificates.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

TWIN = """
[instrument]
driver = "twin"
[scan]
size_um = 1.0
pixels = 40
[measurement]
light_suns = 0.1
[explore]
window_px = 8
steps = 20
seed = 4
"""


class Server:
    """A program that serves, and what it says on standard error."""

    def __init__(self, command: list[str]) -> None:
        """Starts it and waits for its address."""
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said: list[str] = []
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        answer = json.loads(line or "{}")
        if "address" not in answer:
            _, said = self.process.communicate()
            raise RuntimeError(f"{' '.join(command)}: {line}{said}")
        self.address: str = answer["address"]
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def kill(self) -> None:
        """Ends it as a power cut does."""
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


Serve = Callable[..., Server]


def binary(variable: str) -> str:
    """A binary; it is an error if there is none."""
    path = Path(os.environ.get(variable) or os.environ.get("TIPTWIN") or ROOT / "target/release/tiptwin")
    if not path.is_file():
        pytest.exit(f"{path} is not there; build it (cargo build --release) or name a binary in TIPTWIN", returncode=1)
    return str(path)


@pytest.fixture(scope="session")
def tiptwin() -> str:
    """The binary that serves instruments."""
    return binary("TIPTWIN")


@pytest.fixture(scope="session")
def tiptwin_decisions() -> str:
    """The binary that serves decisions and makes certificates."""
    return binary("TIPTWIN_DECISIONS")


@pytest.fixture
def serve_instrument(tiptwin: str, tmp_path: Path) -> Iterator[Serve]:
    """Serves the instrument of a scenario, by default a small twin, until the test is over. The journal stays from one to the next."""
    servers: list[Server] = []

    def serve(*arguments: str, scenario: str = TWIN, address: str = "127.0.0.1:0") -> Server:
        file = tmp_path / "twin.toml"
        file.write_text(scenario)
        command = [tiptwin, "link", "serve-instrument", str(file), "--json", "--address", address]
        servers.append(Server([*command, *arguments]))
        return servers[-1]

    yield serve
    for server in servers:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def serve_decisions(tiptwin_decisions: str) -> Iterator[Serve]:
    """Serves decisions until the test is over."""
    servers: list[Server] = []

    def serve(*arguments: str, address: str = "127.0.0.1:0") -> Server:
        command = [tiptwin_decisions, "link", "serve-decisions", "--json", "--address", address]
        servers.append(Server([*command, *arguments]))
        return servers[-1]

    yield serve
    for server in servers:
        if server.process.poll() is None:
            server.kill()
