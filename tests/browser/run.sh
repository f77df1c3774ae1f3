#!/usr/bin/env bash
# Opens the demonstration in headless Chromium: every page must render, at phone and at desk width, load
# nothing from elsewhere and stay within its size. With SHOTS=DIR the pictures are kept there.
set -euo pipefail
cd "$(dirname "$0")/../.."

chromium=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$chromium" ]; then
  [ -z "${CI:-}" ] || { echo "no Chromium" >&2; exit 1; }
  echo "SKIPPED: no Chromium"
  exit 0
fi
work=$(mktemp -d)
shots=${SHOTS:-$work/shots}
mkdir -p "$shots"
target=${CARGO_TARGET_DIR:-target}
port=$((20000 + RANDOM % 20000))
"$target/debug/tinan" demo --listen "127.0.0.1:$port" >"$work/demo.txt" 2>"$work/demo.err" &
demo=$!
trap 'kill $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 1 240); do
  curl -fs "http://127.0.0.1:$port/readyz" >/dev/null 2>&1 && break
  kill -0 $demo 2>/dev/null || { cat "$work/demo.err" >&2; exit 1; }
  sleep 0.5
done
curl -fs "http://127.0.0.1:$port/readyz" >/dev/null

browse() {
  timeout 90 "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$(mktemp -d -p "$work")" --hide-scrollbars "$@" 2>/dev/null
}

checked=0
for page in / /about /report /help-me /code /console/login "/?lang=en"; do
  name=$(printf '%s' "$page" | tr -c 'a-z0-9' '-')
  html=$(browse --dump-dom "http://127.0.0.1:$port$page")
  grep -q '<h1' <<<"$html" || { echo "$page: no heading" >&2; exit 1; }
  if grep -Eo '(src|href)="https?://[^"]*"' <<<"$html" | grep -E 'src=|\.css|\.js' ; then
    echo "$page loads from elsewhere" >&2
    exit 1
  fi
  for width in 360 1366; do
    browse --window-size=$width,900 --screenshot="$shots/page$name$width.png" "http://127.0.0.1:$port$page" >/dev/null
    [ -s "$shots/page$name$width.png" ] || { echo "$page does not render at $width" >&2; exit 1; }
    checked=$((checked + 1))
  done
done
kill -TERM $demo
wait $demo || { echo "the demonstration did not end cleanly" >&2; cat "$work/demo.err" >&2; exit 1; }
echo "$checked views rendered"
