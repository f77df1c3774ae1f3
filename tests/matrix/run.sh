#!/usr/bin/env bash
# Matrix against somebody else's server and client: Synapse and matrix-nio from PyPI, all on loopback and in a temporary
# folder. Needs python3 with venv, the network once for pip (275 MB), and a built program:
#
#   cargo build && tests/matrix/run.sh         # or TINAN=/path/to/tinan tests/matrix/run.sh
#
# VENV=/path keeps the Python environment for the next time. Proves: a person with a real client sends a tip and gets a
# receipt; while messages flow the server is killed again and again, and Synapse keeps what was not acknowledged; what
# was written to a dead server, also in rooms it had never entered, is there afterwards, each message once; an answer
# repeated after Synapse itself was restarted arrives once; neither persons, words nor tokens are in the database or the
# log. Not part of every run of the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
TINAN=$(realpath "${TINAN:-target/debug/tinan}")
WORK=$(mktemp -d)
trap 'if [ -z "${KEEP:-}" ]; then rm -rf "$WORK"; else echo "kept: $WORK"; fi' EXIT
VENV=${VENV:-$WORK/venv}
if [ ! -x "$VENV/bin/python" ]; then
  python3 -m venv "$VENV"
  "$VENV/bin/pip" -q install matrix-synapse==1.163.2 matrix-nio==0.26.0
fi
"$VENV/bin/python" tests/matrix/drive.py "$TINAN" "$WORK"
