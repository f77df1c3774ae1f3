#!/bin/sh
# Drives the Telegram channel against an emulator that others wrote. Needs python3 with venv, and the network
# once for pip. Everything lives in a temporary folder and is
# gone afterwards. The one refusal allowed in the verdict is ours: the webhook is made to say 503 once.
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
emulator=
trap 'test -z "$emulator" || kill "$emulator" 2>/dev/null; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install lo-bot-api-emulator==0.3.6
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cargo build -q --example emulator_check
"$folder/venv/bin/lo-bot-api-emulator" --port "$port" --enable-control \
    --allow-insecure-loopback-webhooks --journal "$folder/journal.jsonl" &
emulator=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    curl -fs -X POST "http://127.0.0.1:$port/bot1:x/getMe" >/dev/null && break
    sleep 0.5
done
cargo run -q --example emulator_check -- "http://127.0.0.1:$port"
"$folder/venv/bin/lo-bot-api-emulator" verdict "$folder/journal.jsonl" --require-response \
    --allow-refusal webhook:503 --require-method getUpdates --require-method sendMessage --require-method answerCallbackQuery \
    --require-method editMessageReplyMarkup --require-method deleteMessage --require-method setWebhook
