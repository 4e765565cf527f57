#!/usr/bin/env bash
# Checks the Python client against the programs that it talks to, in an environment of its own.
#
#   TIPTWIN=target/release/tiptwin clients/python/check.sh
set -euo pipefail
cd "$(dirname "$0")"
export TIPTWIN="${TIPTWIN:-$(cd ../.. && pwd)/target/release/tiptwin}"
[ -x "$TIPTWIN" ] || { echo "$TIPTWIN is not there: build it, or name it in TIPTWIN" >&2; exit 1; }
TIPTWIN=$(realpath "$TIPTWIN")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python="$work/venv/bin/python"
if ! { python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' && python3 -m venv "$work/venv" &&
    "$python" -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt; }; then
    echo "no environment of Python 3.10 or newer can be made here: the Python client is not checked"
    exit 0
fi
# Everything it needs is there by now: what fails from here on is a fault of ours.
"$python" -m pip install --quiet --disable-pip-version-check --no-index --no-build-isolation .
"$python" -m ruff format --check
"$python" -m ruff check
"$python" -m mypy
# One thread for linear algebra: the matrices are small, and servers run beside.
OMP_NUM_THREADS=1 "$python" -m pytest
