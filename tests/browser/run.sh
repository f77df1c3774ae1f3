#!/usr/bin/env bash
# Opens the demonstration in headless Chromium: every page must render at phone and at desk width without running
# over the edge, load nothing from elsewhere and stay within its size. With SHOTS=DIR the pictures are kept there.
set -euo pipefail
cd "$(dirname "$0")/../.."

chromium=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$chromium" ]; then
  [ -z "${CI:-}" ] || { echo "no Chromium" >&2; exit 1; }
  echo "SKIPPED: no Chromium"
  exit 0
fi
if ! command -v chromedriver >/dev/null; then
  [ -z "${CI:-}" ] || { echo "no chromedriver" >&2; exit 1; }
  echo "SKIPPED: no chromedriver"
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

# A window cannot be narrower than 500 pixels, so the phone is emulated, through the browser's own driver.
driver_port=$((40000 + RANDOM % 10000))
chromedriver --port=$driver_port >"$work/driver.log" 2>&1 &
driver=$!
trap 'kill $demo $driver 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -rf "$work"' EXIT
tell() { curl -fsS --max-time 60 -H 'content-type: application/json' -d "$2" "http://127.0.0.1:$driver_port$1"; }
for _ in $(seq 1 60); do
  curl -fs "http://127.0.0.1:$driver_port/status" >/dev/null 2>&1 && break
  sleep 0.25
done
options='"args":["--headless=new","--no-sandbox","--disable-gpu","--no-first-run","--hide-scrollbars","--disable-dev-shm-usage"]'
session=$(tell /session "{\"capabilities\":{\"alwaysMatch\":{\"goog:chromeOptions\":{\"binary\":\"$chromium\",$options}}}}" |
  grep -o '"sessionId":"[^"]*"' | cut -d'"' -f4)
[ -n "$session" ] || { cat "$work/driver.log" >&2; exit 1; }

# Everything a person can press must be on top where it is: a link that covers its row once covered the tick boxes.
covered='const bad=[];for(const e of document.querySelectorAll("main a, main button, main input:not([type=hidden]), main select, main textarea, main summary")){if(e.matches(".row-link")||!e.checkVisibility()||!e.getClientRects().length)continue;e.scrollIntoView({block:"center"});const r=e.getClientRects()[0];const at=document.elementFromPoint(r.x+r.width/2,r.y+r.height/2);if(!at||!(e.contains(at)||at.contains(e)&&!at.matches("main,body,tr,td")))bad.push(e.outerHTML.slice(0,90))}return bad.slice(0,3).join(" ")'
script() { tell "/session/$session/execute/sync" "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/{"script":"&","args":[]}/')"; }

# One page at both widths: as wide as the window, nothing covered, and it renders.
look() {
  local name=$1 page=$2 width widths under
  for width in 360 1366; do
    tell "/session/$session/goog/cdp/execute" "{\"cmd\":\"Emulation.setDeviceMetricsOverride\",\"params\":{\"width\":$width,\"height\":900,\"deviceScaleFactor\":1,\"mobile\":$([ $width -lt 500 ] && echo true || echo false)}}" >/dev/null
    tell "/session/$session/url" "{\"url\":\"http://127.0.0.1:$port$page\"}" >/dev/null
    widths=$(script 'return innerWidth + " " + document.documentElement.scrollWidth' | grep -o '[0-9]* [0-9]*')
    [ "$widths" = "$width $width" ] || { echo "$page at $width is as wide as: $widths" >&2; exit 1; }
    under=$(script "$covered")
    [ "$under" = '{"value":""}' ] || { echo "$page at $width, covered: $under" >&2; exit 1; }
    curl -fsS "http://127.0.0.1:$driver_port/session/$session/screenshot" | cut -d'"' -f4 | base64 -d >"$shots/page$name$width.png"
    [ -s "$shots/page$name$width.png" ] || { echo "$page does not render at $width" >&2; exit 1; }
    checked=$((checked + 1))
  done
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
  look "$name" "$page"
done

# A flood, so that there is a side queue and a row with many beneath it; then what an officer sees of it.
tip() { printf 'next\nurl = "http://127.0.0.1:%s/api/v1/tips"\nheader = "content-type: application/json"\ndata = "{\\"text\\":\\"%s\\"}"\noutput = "/dev/null"\n' "$port" "$1"; }
{
  for n in $(seq 1 400); do tip "Có nhóm bán hàng trắng ở quán nước cạnh cổng chợ mỗi tối, ai cũng biết"; done
  for n in $(seq 1 12); do tip "Xe biển $((n * 331)) giao hàng lúc $n giờ đêm ở bến số $((n * 7)), ngõ $((n * 13))"; done
} | tail -n +2 >"$work/flood.curl"
curl -sS --parallel --parallel-max 8 --config "$work/flood.curl" >/dev/null

read -r login password _ < <(grep -E '^ +truongban ' "$work/demo.txt")
tell "/session/$session/url" "{\"url\":\"http://127.0.0.1:$port/console/login\"}" >/dev/null
script "document.querySelector('input[name=login]').value='$login';const p=document.querySelector('input[type=password]');p.value='$password';p.form.submit()" >/dev/null
for _ in $(seq 1 60); do
  script 'return location.pathname' | grep -q '/console/login' || break
  sleep 0.5
done
fold=$(curl -s -o /dev/null -w '' "http://127.0.0.1:$port/healthz"; tell "/session/$session/url" "{\"url\":\"http://127.0.0.1:$port/console/queue/tips\"}" >/dev/null
  for _ in $(seq 1 20); do
    at=$(script 'const a=document.querySelector("a.tag[href*=folds]");return a?a.getAttribute("href"):""' | grep -o '/console/folds/[0-9a-f-]*' || true)
    [ -n "$at" ] && { echo "$at"; break; }
    script 'const n=document.querySelector("a.button[href*=after]");if(n)n.click()' >/dev/null
    sleep 0.5
  done)
[ -n "$fold" ] || { echo "no row has others beneath it" >&2; exit 1; }
for page in /console/queue/tips /console/queue/tips/side "$fold" /console/queue/tips/sweeps /console/alarms /console/call/tips; do
  look "$(printf '%s' "${page%%folds/*}" | tr -c 'a-z0-9' '-')" "$page"
done
tell "/session/$session/url" "{\"url\":\"http://127.0.0.1:$port/console/queue/tips/side\"}" >/dev/null
box=$(tell "/session/$session/element" '{"using":"css selector","value":"input[name=case]"}' | grep -o '"element-[^}]*' | cut -d'"' -f4)
tell "/session/$session/element/$box/click" '{}' >/dev/null
script 'return document.querySelector("input[name=case]").checked' | grep -q true || { echo "a case of the side queue cannot be chosen" >&2; exit 1; }
curl -fsS -X DELETE "http://127.0.0.1:$driver_port/session/$session" >/dev/null
kill $driver
kill -TERM $demo
wait $demo || { echo "the demonstration did not end cleanly" >&2; cat "$work/demo.err" >&2; exit 1; }
echo "$checked views rendered"
