#!/usr/bin/env bash
# Calls against somebody else's telephones: Debian's baresip answers as the hotline, sipp calls it, a small bridge tells
# the server, all on loopback in a network namespace. Needs root, curl, python3 and a built program:
#
#   cargo build && tests/calls/run.sh          # or TINAN=/path/to/tinan tests/calls/run.sh
#
# Proves: answered calls leave nothing to do; an unanswered one is shown as missed; what happens while the server is dead
# is told when it is back; the caller's number is in no file.
set -euo pipefail
cd "$(dirname "$0")/../.."
TINAN=$(realpath "${TINAN:-target/debug/tinan}")
if ! command -v baresip > /dev/null || ! command -v sipp > /dev/null; then
  apt-get install -y --no-install-recommends baresip-core sip-tester > /dev/null
fi
if [ "${1:-}" != inside ]; then
  exec unshare -n "$(realpath "tests/calls/run.sh")" inside
fi
ip link set lo up
BRIDGE=$(realpath tests/calls/bridge.py)
WORK=$(mktemp -d)
PIDS=()
finish() {
  for pid in "${PIDS[@]}"; do kill "$pid" 2> /dev/null || true; done
  if [ -z "${KEEP:-}" ]; then rm -rf "$WORK"; else echo "kept: $WORK"; fi
}
trap finish EXIT
export TINAN_CALLS__SECRET
TINAN_CALLS__SECRET=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
# what sipp calls itself
CALLER=sip:sipp@
MODULES=$(dirname "$(find /usr/lib -name ctrl_tcp.so | head -n 1)")

tinan() { TINAN_HTTP__LISTEN=127.0.0.1:8080 RUST_LOG=tinan=trace exec "$TINAN" --data-dir "$WORK/data" "$@"; }
serve() {
  tinan serve >> "$WORK/tinan.log" 2>&1 &
  SERVER=$!
  PIDS+=("$SERVER")
  for _ in $(seq 100); do
    curl -sf http://127.0.0.1:8080/readyz > /dev/null && return
    sleep 0.1
  done
  exit 1
}
# The hotline's telephone; $1 is how it answers.
telephone() {
  mkdir -p "$WORK/phone"
  python3 -c "
import wave
w = wave.open('$WORK/quiet.wav', 'wb'); w.setparams((1, 2, 8000, 0, 'NONE', '')); w.writeframes(b'\0\0' * 8000 * 60)"
  cat > "$WORK/phone/config" << END
sip_listen 127.0.0.1:5066
net_interface 127.0.0.1
module_path $MODULES
module g711.so
module aufile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:4444
audio_source aufile,$WORK/quiet.wav
audio_player aufile,$WORK/heard.wav
END
  echo "<sip:hotline@127.0.0.1>;regint=0;answermode=$1" > "$WORK/phone/accounts"
  baresip -4 -f "$WORK/phone" > "$WORK/baresip.log" 2>&1 &
  PHONE=$!
  PIDS+=("$PHONE")
  sleep 2
}
page() {
  curl -sS -b "$WORK/jar" -c "$WORK/jar" -H 'accept-language: en' http://127.0.0.1:8080/console/queue/tips
}
shows() { for _ in $(seq 60); do page | grep -q "$1" && return; sleep 0.3; done; echo "never shown: $1" >&2; exit 1; }
shows_no() { for _ in $(seq 60); do page | grep -q "$1" || return 0; sleep 0.3; done; echo "still: $1" >&2; exit 1; }
call() { (cd "$WORK" && sipp -sn uac 127.0.0.1:5066 -i 127.0.0.1 -p 5071 -m "$1" -d "$2" -r 1 -s hotline -timeout 20 \
  > sipp.log 2>&1) || true; }

printf 'mat-khau-cua-quan\nmat-khau-cua-anh\nmat-khau-cua-binh\n' |
  (tinan setup --province 19 --admin quan --lead tips=anh --lead counselling=binh --passwords-stdin) > /dev/null 2>&1
serve
curl -sS -c "$WORK/jar" -o /dev/null -d login=anh -d password=mat-khau-cua-anh http://127.0.0.1:8080/console/login
telephone auto
python3 "$BRIDGE" 4444 http://127.0.0.1:8080/hooks/calls tips "$WORK/spool" > "$WORK/bridge.log" 2>&1 &
PIDS+=($!)
sleep 1

call 1 6000 &
TALK=$!
shows "1 calls in progress"
wait "$TALK"
shows_no "in progress"
page | grep -q "missed calls" && { echo "an answered call is no missed one" >&2; exit 1; }
echo "1. an answered call was shown while it lasted, and left nothing to do"

kill -9 "$SERVER"
wait "$SERVER" 2> /dev/null || true
kill "$PHONE"
sleep 1
telephone manual
sleep 1
call 1 500 &
TALK=$!
sleep 4
kill "$TALK" 2> /dev/null || true
pkill -P "$TALK" 2> /dev/null || true
sleep 1
[ "$(find "$WORK/spool" -name '*.json' | wc -l)" -ge 1 ]
kill "$PHONE"
sleep 1
serve
shows "1 calls are waiting\|1 missed calls"
echo "2. a call while the server was dead was told when it was back"

for needle in "$CALLER" "$TINAN_CALLS__SECRET"; do
  if grep -aq "$needle" "$WORK/tinan.log" "$WORK"/data/tinan.db* "$WORK"/spool/* 2> /dev/null; then
    echo "$needle is in the log, the spool or the database" >&2
    exit 1
  fi
done
echo "3. the caller is in no file"
echo "all well"
