"""The page that people read does what it says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks(*kinds: str) -> list[str]:
    """The fenced blocks of Python of these kinds, in order."""
    found = re.findall(r"^```python ?(\w*)\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert {kind for kind, _ in found} == {"", "botorch", "elsewhere"}, "every kind is known"
    return [code for kind, code in found if kind in kinds]


def run(codes: list[str], addresses: dict[str, str]) -> dict[str, Any]:
    """Runs blocks one after the other in one namespace, as the cells of a notebook."""
    names: dict[str, Any] = {}
    for code in codes:
        for written, real in addresses.items():
            code = code.replace(written, real)
        exec(compile(code, str(README), "exec"), names)
    return names


def test_the_blocks_of_the_readme_run_as_a_notebook(
    serve_instrument: Serve, serve_decisions: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = {"127.0.0.1:50551": serve_instrument().address, "127.0.0.1:7532": serve_decisions().address}
    codes = blocks("")
    assert len(codes) == 6
    names = run(codes, addresses)
    assert names["believed"].mean.shape == (33, 33) and names["believed"].measured == 10
    assert len(names["learner"].measured) == 10
    said = capsys.readouterr().out
    assert "seed 4" in said and "OUT_OF_LIMITS" in said


@pytest.mark.skipif(importlib.util.find_spec("botorch") is None, reason="BoTorch is not installed")
def test_the_block_for_botorch_runs_where_botorch_is(serve_instrument: Serve) -> None:
    codes = blocks("", "botorch")
    before_decisions = next(i for i, code in enumerate(codes) if "Decisions" in code)
    names = run(codes[:before_decisions], {"127.0.0.1:50551": serve_instrument().address})
    names["instrument"].close()


def test_the_default_addresses_of_the_page_are_those_of_the_program(tiptwin: str, tiptwin_decisions: str) -> None:
    import subprocess

    for binary, service, address in [
        (tiptwin, "serve-instrument", "127.0.0.1:50551"),
        (tiptwin_decisions, "serve-decisions", "127.0.0.1:7532"),
    ]:
        help_text = subprocess.run([binary, "link", service, "--help"], check=True, capture_output=True, text=True).stdout
        assert f"[default: {address}]" in " ".join(help_text.split())
