#!/usr/bin/env python3
"""Tells /hooks/calls what baresip says of its calls over ctrl_tcp (netstrings of JSON).

Keeps a spool: a report is removed when it was answered with 200, or with 400, which means that it never will be. Of an
event only its type and the call's id are used; who called is not looked at.
usage: bridge.py CTRL_PORT HOOK_URL LINE SPOOL_DIR   (the secret in TINAN_CALLS__SECRET)
"""
import json
import os
import pathlib
import socket
import sys
import time
import urllib.error
import urllib.request

EVENTS = {"CALL_INCOMING": "start", "CALL_ESTABLISHED": "answer", "CALL_CLOSED": "end"}
port, hook, line, spool = int(sys.argv[1]), sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
secret = os.environ["TINAN_CALLS__SECRET"]
spool.mkdir(parents=True, exist_ok=True)


def keep(report):
    name = spool / f"{time.time_ns():020d}"
    part = name.with_suffix(".part")
    with open(part, "w") as file:
        json.dump(report, file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(name.with_suffix(".json"))


def drain():
    for file in sorted(spool.glob("*.json")):
        ask = urllib.request.Request(hook, file.read_bytes(), {"X-Tinan-Secret": secret})
        try:
            with urllib.request.urlopen(ask, timeout=5):
                file.unlink()
        except urllib.error.HTTPError as error:
            if error.code != 400:
                return
            file.unlink()
        except OSError:
            return


def events(read):
    data = b""
    while True:
        try:
            more = read.recv(4096)
            if not more:
                return
            data += more
        except socket.timeout:
            drain()
            continue
        while b":" in data:
            length, rest = data.split(b":", 1)
            if len(rest) <= int(length):
                break
            yield json.loads(rest[: int(length)])
            data = rest[int(length) + 1 :]


while True:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as control:
            control.settimeout(0.5)
            for event in events(control):
                if event.get("type") in EVENTS and event.get("id"):
                    keep({"call_id": event["id"], "line": line, "event": EVENTS[event["type"]]})
                drain()
    except OSError:
        drain()
        time.sleep(0.5)
