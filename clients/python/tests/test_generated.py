"""The committed code is what the messages say."""

from pathlib import Path

import generate
import tiptwin_client.wire


def test_the_generated_code_matches_the_messages_of_the_repository(tmp_path: Path) -> None:
    generate.generate(tmp_path)
    made = {p.name: p.read_bytes() for p in (tmp_path / "tiptwin_client" / "wire").iterdir()}
    folder = Path(tiptwin_client.wire.__file__ or "").parent
    kept = {p.name: p.read_bytes() for p in folder.glob("*_pb2*.py*")}
    assert sorted(made) == sorted(kept), "run python generate.py"
    assert [name for name in made if made[name] != kept[name]] == [], "run python generate.py"
    assert len(made) == 2 * 4
