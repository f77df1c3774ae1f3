"""Drives tests/matrix/run.sh: Synapse, the server, and people with matrix-nio. Counts what was sent and what is there."""

import asyncio
import collections
import hashlib
import hmac
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml
from nio import AsyncClient, AsyncClientConfig, RoomCreateResponse, RoomMessagesResponse

TINAN, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
HS, US = "http://127.0.0.1:18008", "http://127.0.0.1:18080"
BOT = "@tinan:localhost"
OURS, THEIRS = secrets.token_hex(16), secrets.token_hex(16)
PEOPLE, EACH, LATE = 20, 30, 6
RECEIPT = re.compile(r"^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}$", re.M)
ENV = {
    **os.environ,
    "RUST_LOG": "tinan=trace",
    "TINAN_HTTP__LISTEN": "127.0.0.1:18080",
    "TINAN_MATRIX__HOMESERVER": HS,
    "TINAN_MATRIX__USER": BOT,
    "TINAN_MATRIX__AS_TOKEN": OURS,
    "TINAN_MATRIX__HS_TOKEN": THEIRS,
    # everybody writes nearly the same here
    "TINAN_FLOOD__ENABLED": "false",
}


def say(text):
    print(text, flush=True)


def call(method, url, body=None, token=None, good=(200,)):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    if token:
        request.add_header("authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as answer:
        if answer.code in good:
            return answer.code, None
        raise SystemExit(f"{method} {url}: {answer.code} {answer.read()[:300]}")


def until(what, so, patience=90):
    end = time.time() + patience
    while time.time() < end:
        try:
            if so():
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.1)
    raise SystemExit(f"waited in vain until {what}")


class Process:
    def __init__(self, words, log, ready):
        self.words, self.log, self.ready, self.process = words, log, ready, None

    def start(self):
        out = open(WORK / self.log, "ab")
        self.process = subprocess.Popen(self.words, env=ENV, cwd=WORK, stdout=out, stderr=out)
        until(f"{self.log} is ready", lambda: urllib.request.urlopen(self.ready, timeout=2).status == 200)

    def end(self, kill=True):
        if self.process:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait()
            self.process = None


def tinan(*words, text=None):
    words = [TINAN, "--data-dir", str(WORK / "data"), *words]
    return subprocess.run(words, env=ENV, input=text, capture_output=True, text=True, check=True).stdout


def make_synapse():
    folder = WORK / "synapse"
    folder.mkdir()
    file = folder / "homeserver.yaml"
    words = [sys.executable, "-m", "synapse.app.homeserver", "--server-name", "localhost", "--config-path", file]
    more = ["--generate-config", "--report-stats=no", "--data-directory", folder]
    subprocess.run([*words, *more], cwd=folder, check=True, capture_output=True)
    settings = yaml.safe_load(file.read_text())
    settings["listeners"][0].update(bind_addresses=["127.0.0.1"], port=18008)
    settings.update(trusted_key_servers=[], federation_domain_whitelist=[])
    plenty = {"per_second": 10000, "burst_count": 10000}
    settings.update(rc_message=plenty, rc_registration=plenty, rc_joins={"local": plenty, "remote": plenty})
    settings["rc_login"] = {"address": plenty, "account": plenty, "failed_attempts": plenty}
    settings["rc_invites"] = {"per_room": plenty, "per_user": plenty, "per_issuer": plenty}
    registration = folder / "tinan.yaml"
    registration.write_text(tinan("matrix", "registration"))
    settings["app_service_config_files"] = [str(registration)]
    file.write_text(yaml.safe_dump(settings))
    words = [sys.executable, "-m", "synapse.app.homeserver", "-c", str(file)]
    return Process(words, "synapse.log", HS + "/_matrix/client/versions"), settings["registration_shared_secret"]


def register(secret, name):
    url = HS + "/_synapse/admin/v1/register"
    nonce = call("GET", url)[1]["nonce"]
    mac = hmac.new(secret.encode(), digestmod=hashlib.sha1)
    mac.update("\0".join([nonce, name, "mat-khau-" + name, "notadmin"]).encode())
    body = {"nonce": nonce, "username": name, "password": "mat-khau-" + name, "admin": False, "mac": mac.hexdigest()}
    return call("POST", url, body)[1]["access_token"]


class Person:
    """Somebody with a client and a room."""

    def __init__(self, secret, name):
        config = AsyncClientConfig(encryption_enabled=False)
        self.client = AsyncClient(HS, f"@{name}:localhost", config=config)
        self.client.access_token = register(secret, name)
        self.client.user_id = f"@{name}:localhost"
        self.name, self.room = name, None

    async def invites(self):
        made = await self.client.room_create(is_direct=True, invite=[BOT])
        assert isinstance(made, RoomCreateResponse), made
        self.room = made.room_id

    async def writes(self, text):
        await self.client.room_send(self.room, "m.room.message", {"msgtype": "m.text", "body": text})

    async def heard(self):
        found, start = [], ""
        while True:
            page = await self.client.room_messages(self.room, start=start, limit=200)
            assert isinstance(page, RoomMessagesResponse), page
            found += [e.body for e in page.chunk if e.sender == BOT and hasattr(e, "body")]
            if not page.end or not page.chunk:
                return found
            start = page.end

    async def waits_for(self, what, so, patience=120):
        end = time.time() + patience
        while time.time() < end:
            heard = await self.heard()
            if so(heard):
                return heard
            await asyncio.sleep(0.3)
        raise SystemExit(f"{self.name} waited in vain for {what}: {await self.heard()}")


def receipts(heard):
    return [code for text in heard for code in RECEIPT.findall(text)]


def cases(token, desk):
    """Everything on a desk, each case's thread as one text."""
    texts = []
    while True:
        status, case = call("POST", f"{US}/api/v1/queue/next?desk={desk}", token=token, good=(204, 404))
        if status != 200:
            return texts
        texts.append(json.dumps(call("GET", f"{US}/api/v1/cases/{case['id']}", token=token)[1], ensure_ascii=False))


def login(name):
    body = {"login": name, "password": "mat-khau-cua-" + name}
    return call("POST", US + "/api/v1/staff/session", body)[1]["token"]


async def first_tip(secret):
    kim = Person(secret, "kim")
    await kim.invites()
    heard = await kim.waits_for("the greeting", lambda h: any("nơi báo tin" in t for t in h))
    assert any("không mã hoá đầu cuối" in t for t in heard), heard
    await kim.writes("o ngo 12 pho Hoang co nguoi ban ma tuy da MATRIXKIM")
    await kim.waits_for("the question", lambda h: any("Chưa gửi" in t for t in h))
    await kim.writes("1")
    await kim.waits_for("the receipt", receipts)
    await kim.client.close()
    say("1. a person with a real client sent a tip and has a receipt")


async def storm(secret, server):
    people = [Person(secret, f"p{n}") for n in range(PEOPLE)]
    for person in people:
        await person.invites()
    for person in people:
        await person.waits_for("the greeting", lambda h: any("nơi báo tin" in t for t in h))
    late = [Person(secret, f"late{n}") for n in range(LATE)]
    kills = 0

    async def writes_all(person, many):
        for n in range(many):
            await person.writes(f"toi nao cung co nguoi ban ma tuy TIN-{person.name}-{n}-X")
            await asyncio.sleep(0.15)

    async def writes_late(person):
        # the server may be dead, and has never seen this room
        await person.invites()
        await writes_all(person, 3)

    writing = [asyncio.create_task(writes_all(person, EACH)) for person in people]
    while not all(task.done() for task in writing):
        await asyncio.sleep(0.6)
        server.end()
        kills += 1
        if kills == 2:
            writing += [asyncio.create_task(writes_late(person)) for person in late]
        await asyncio.sleep(0.8)
        await asyncio.to_thread(server.start)
    await asyncio.gather(*writing)
    sent = PEOPLE * EACH + LATE * 3
    everybody = people + late
    for person in everybody:
        last = (EACH if person in people else 3) - 1
        told = f"TIN-{person.name}-{last}-X"
        await person.waits_for("all of it to be held", lambda h: any(told in t for t in h), 180)
    for person in everybody:
        await person.writes("Gửi ngay")
    codes = 0
    for person in everybody:
        heard = await person.waits_for("the receipt", receipts)
        codes += len(receipts(heard))
        greeted = sum("nơi báo tin" in text for text in heard)
        assert greeted == 1, (person.name, greeted)
        await person.client.close()
    say(f"2. {kills} times killed while {len(everybody)} people sent {sent} messages, {LATE} of them from new rooms")
    return sent, len(everybody), codes


async def once_after_a_restart(synapse, secret):
    """The homeserver itself forgets nothing of what our device said."""
    ho = Person(secret, "ho")
    await ho.invites()
    await ho.waits_for("the greeting", lambda h: any("nơi báo tin" in t for t in h))
    room = urllib.parse.quote(ho.room)
    url = f"{HS}/_matrix/client/v3/rooms/{room}/send/m.room.message/once?user_id={urllib.parse.quote(BOT)}&device_id=TINAN"
    body = {"msgtype": "m.text", "body": "một lần"}
    before = call("PUT", url, body, OURS)[1]["event_id"]
    synapse.end(kill=False)
    await asyncio.to_thread(synapse.start)
    after = call("PUT", url, body, OURS)[1]["event_id"]
    heard = await ho.heard()
    assert before == after and heard.count("một lần") == 1, (before, after, heard)
    await ho.client.close()
    say("4. an answer repeated after Synapse was restarted is one answer")


def silent():
    needles = ["MATRIXKIM", "@kim:localhost", "@p0:localhost", "TIN-p0", OURS, THEIRS]
    files = [WORK / "tinan.log", *(WORK / "data").glob("tinan.db*")]
    for file in files:
        text = file.read_bytes()
        for needle in needles:
            assert needle.encode() not in text, f"{needle} is in {file.name}"
    say("5. neither persons, words nor tokens in the log or the database")


async def main():
    synapse, secret = make_synapse()
    passwords = "".join(f"mat-khau-cua-{who}\n" for who in ("quan", "anh", "binh"))
    leads = ["--lead", "tips=anh", "--lead", "counselling=binh"]
    tinan("setup", "--province", "19", "--admin", "quan", *leads, "--passwords-stdin", text=passwords)
    server = Process([TINAN, "--data-dir", str(WORK / "data"), "serve"], "tinan.log", US + "/readyz")
    try:
        synapse.start()
        server.start()
        await first_tip(secret)
        sent, people, codes = await storm(secret, server)
        texts = cases(login("anh"), "tips")
        found = collections.Counter(re.findall(r"TIN-\w+-\d+-X", "".join(texts)))
        doubled = sum(n - 1 for n in found.values())
        say(f"3. sent {sent}, stored {len(found)}, doubled {doubled}; {people} people, {codes} receipts, "
            f"{len(texts) - 1} cases")
        assert (len(found), doubled, codes, len(texts)) == (sent, 0, people, people + 1)
        await once_after_a_restart(synapse, secret)
        say(tinan_doctor())
        silent()
    finally:
        server.end(kill=False)
        synapse.end(kill=False)
    say("all well")


def tinan_doctor():
    words = [TINAN, "--data-dir", str(WORK / "data"), "doctor"]
    told = subprocess.run(words, env=ENV, capture_output=True, text=True).stdout
    return next("   doctor: " + line.strip() for line in told.splitlines() if "is known there" in line)


asyncio.run(main())
