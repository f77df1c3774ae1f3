#!/usr/bin/env bash
# Sealed files against other people's S3 servers: moto from PyPI and s3rver from npm (which checks signatures), on
# loopback and in a temporary folder. Needs python3 with venv, npm, the network once for both, and a built program:
#
#   cargo build && tests/s3/run.sh            # or TINAN=/path/to/tinan tests/s3/run.sh
#
# TOOLS=/path keeps what was installed for the next time. With moto the promises of a shelf (the tests shelves::promises,
# skipped with PROMISES=no); with both the whole program: doctor, a film up and down with the memory that
# takes, kill -9 in the middle of an upload, a store that stops answering and comes back. Not part of every run of the
# tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
TINAN=$(realpath "${TINAN:-target/debug/tinan}")
WORK=$(mktemp -d)
SERVER=
end() {
  [ -z "$SERVER" ] || kill -9 "$SERVER" 2>/dev/null || true
  if [ -z "${KEEP:-}" ]; then rm -rf "$WORK"; else echo "kept: $WORK"; fi
}
trap end EXIT
TOOLS=${TOOLS:-$WORK/tools}
if [ ! -x "$TOOLS/venv/bin/moto_server" ]; then
  mkdir -p "$TOOLS"
  python3 -m venv "$TOOLS/venv"
  "$TOOLS/venv/bin/pip" -q install 'moto[server,s3]==5.2.5'
fi
if [ ! -x "$TOOLS/node_modules/.bin/s3rver" ]; then
  npm install --silent --no-audit --no-fund --prefix "$TOOLS" s3rver@3.7.1
fi
for name in moto s3rver; do
  mkdir -p "$WORK/$name"
  if [ "$name" = moto ]; then
    port=19001 keys="WHOWEARE how-we-prove-it-here"
    "$TOOLS/venv/bin/moto_server" -H 127.0.0.1 -p $port > "$WORK/$name.log" 2>&1 &
  else
    port=19002 keys="S3RVER S3RVER"
    node "$TOOLS/node_modules/.bin/s3rver" -d "$WORK/$name/objects" -a 127.0.0.1 -p $port --silent \
      > "$WORK/$name.log" 2>&1 &
  fi
  SERVER=$!
  endpoint="http://127.0.0.1:$port"
  echo "== $name"
  "$TOOLS/venv/bin/python" tests/s3/drive.py "$TINAN" "$WORK/$name" "$endpoint" "$SERVER" $keys
  # s3rver does not know how to give an upload up
  if [ "$name" = moto ] && [ "${PROMISES:-yes}" = yes ]; then
    TINAN_TEST_S3="$endpoint $keys" cargo test --locked --test it shelves::promises
  fi
  kill -9 "$SERVER"
  SERVER=
done
