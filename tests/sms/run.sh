#!/usr/bin/env bash
# SMS against somebody else's gateway: Debian's Kannel with its own fake message centre, in a network namespace of its
# own, because that centre listens on every address. Needs root (unshare), curl, python3 and a built program:
#
#   cargo build && tests/sms/run.sh            # or TINAN=/path/to/tinan tests/sms/run.sh
#
# Proves: a message from a phone becomes a case; Kannel's repetitions count once; what comes while the server is down
# arrives when it is back; our answer reaches the phone; neither number nor words are in the database or the log.
set -euo pipefail
cd "$(dirname "$0")/../.."
TINAN=$(realpath "${TINAN:-target/debug/tinan}")
if ! command -v bearerbox > /dev/null; then
  apt-get install -y --no-install-recommends kannel kannel-extras > /dev/null
fi
if [ "${1:-}" != inside ]; then
  exec unshare -n "$(realpath "tests/sms/run.sh")" inside
fi
ip link set lo up
FAKE=$(command -v fakesmsc || find /usr/lib/kannel -name fakesmsc -type f | head -n 1)
WORK=$(mktemp -d)
PIDS=()
finish() {
  for pid in "${PIDS[@]}"; do kill "$pid" 2> /dev/null || true; done
  if [ -z "${KEEP:-}" ]; then rm -rf "$WORK"; else echo "kept: $WORK"; fi
}
trap finish EXIT

SECRET=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
PHONE=+84987654321
cat > "$WORK/kannel.conf" << END
group = core
admin-port = 13000
admin-password = x
smsbox-port = 13001
admin-allow-ip = "127.0.0.1"
box-allow-ip = "127.0.0.1"
store-type = spool
store-location = "$WORK/store"
log-file = "$WORK/bearerbox.log"
log-level = 0

group = smsc
smsc = fake
smsc-id = fake
port = 10000
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = 13013
log-file = "$WORK/smsbox.log"
log-level = 0
http-request-retry = 1000
http-queue-delay = 1
mo-recode = true

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
omit-empty = yes
get-url = "http://127.0.0.1:8080/hooks/sms?secret=$SECRET&from=%p&to=%P&id=%I&time=%T&charset=UTF-8&text=%b"

group = sendsms-user
username = tinan
password = mat-khau-gui
max-messages = 10
concatenation = true
END
mkdir "$WORK/store"

tinan() {
  TINAN_HTTP__LISTEN=127.0.0.1:8080 TINAN_SMS__SECRET=$SECRET TINAN_SMS__SENDER=8088 TINAN_SMS__USER=tinan \
    TINAN_SMS__PASSWORD=mat-khau-gui TINAN_SMS__API_URL=http://127.0.0.1:13013/cgi-bin/sendsms \
    RUST_LOG=tinan=trace exec "$TINAN" --data-dir "$WORK/data" "$@"
}
serve() {
  tinan serve >> "$WORK/tinan.log" 2>&1 &
  SERVER=$!
  PIDS+=("$SERVER")
  for _ in $(seq 100); do
    curl -sf http://127.0.0.1:8080/readyz > /dev/null && return
    sleep 0.1
  done
  echo "the server does not start" >&2
  exit 1
}
until_true() {
  for _ in $(seq 150); do
    if "$@"; then return; fi
    sleep 0.2
  done
  echo "waited in vain for: $*" >&2
  tail -n 20 "$WORK/tinan.log" "$WORK/smsbox.log" >&2
  exit 1
}
# A phone: sends one message, and stays to receive what comes.
phone() {
  "$FAKE" -H 127.0.0.1 -r 10000 -i 1 -m "$1" "$PHONE 8088 text $2" > "$WORK/phone.log" 2>&1 &
  HANDSET=$!
  PIDS+=("$HANDSET")
}
hang_up() { kill "$HANDSET" 2> /dev/null || true; wait "$HANDSET" 2> /dev/null || true; sleep 1; }
heard() { grep -aqE "$1" "$WORK/phone.log"; }
calls_made() { [ "$(grep -ac 'HTTP.*hooks/sms\|hooks/sms' "$WORK/smsbox.log" || true)" -ge "$1" ]; }
json() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }
next_case() {
  curl -sS -o "$WORK/next" -w '%{http_code}' -X POST -H "Authorization: Bearer $1" \
    "http://127.0.0.1:8080/api/v1/queue/next?desk=$2"
}
login() {
  curl -sSf -X POST -H 'content-type: application/json' -d "{\"login\":\"$1\",\"password\":\"mat-khau-cua-$1\"}" \
    http://127.0.0.1:8080/api/v1/staff/session | json '["token"]'
}

printf 'mat-khau-cua-quan\nmat-khau-cua-anh\nmat-khau-cua-binh\n' |
  (tinan setup --province 19 --admin quan --lead tips=anh --lead counselling=binh --passwords-stdin) > /dev/null 2>&1
serve
bearerbox "$WORK/kannel.conf" > "$WORK/box.out" 2>&1 &
PIDS+=($!)
sleep 2
smsbox "$WORK/kannel.conf" > "$WORK/sms.out" 2>&1 &
PIDS+=($!)
sleep 2

# A danger is answered at once and is a case at once: no need to wait for the end of the gathering.
phone 1 "cuu voi KIMSMS soc thuoc tim tai khong tho"
until_true heard 'Goi 115'
hang_up
token_help=$(login binh)
token_tips=$(login anh)
one() { [ "$(next_case "$token_help" counselling)" = 200 ] || [ "$(next_case "$token_tips" tips)" = 200 ]; }
until_true one
echo "1. a message became a case, and the answer reached the phone"

# The server is killed; the message waits at the gateway and comes once.
kill -9 "$SERVER"
wait "$SERVER" 2> /dev/null || true
phone 1 "them KIMSMS van chua tho nguoi lanh ngat"
sleep 4
serve
until_true heard 'Da nhan'
hang_up
sleep 3
case_id=$(json '["id"]' < "$WORK/next")
thread=""
for token in "$token_help" "$token_tips"; do
  body=$(curl -sS -H "Authorization: Bearer $token" "http://127.0.0.1:8080/api/v1/cases/$case_id")
  if grep -q KIMSMS <<< "$body"; then thread=$body; fi
done
[ "$(grep -o 'them KIMSMS' <<< "$thread" | wc -l)" = 1 ]
echo "2. a message sent while the server was dead arrived once"

phone 1 "QUEN"
until_true heard 'Da quen so nay'
hang_up
echo "3. forgotten when asked"

for needle in KIMSMS 987654321 "$SECRET" mat-khau-gui; do
  if grep -aq "$needle" "$WORK/tinan.log" "$WORK"/data/tinan.db*; then
    echo "$needle is in the log or the database" >&2
    exit 1
  fi
done
echo "4. neither number, words nor secrets in the log or the database"
echo "all well"
