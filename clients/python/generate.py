"""Makes the code of src/tiptwin_client/wire from the messages in drivers/src/link/proto.

python generate.py
"""

import os
import sys
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
PROTOS = HERE.parents[1] / "drivers" / "src" / "link" / "proto"
NAMES = ("instrument.proto", "decision.proto")


def generate(into: Path) -> None:
    """Writes the package `tiptwin_client.wire` below a folder."""
    # Both generators of stubs are found beside the interpreter.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    arguments = [
        "protoc",
        # The messages are called tiptwin_client/wire/*.proto, so that they meet no others of the same name in one process.
        f"--proto_path=tiptwin_client/wire={PROTOS}",
        f"--python_out={into}",
        f"--pyi_out={into}",
        f"--grpc_python_out={into}",
        f"--mypy_grpc_out=quiet:{into}",
        *(str(PROTOS / name) for name in NAMES),
    ]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc failed")


if __name__ == "__main__":
    generate(HERE / "src")
