#!/bin/sh
# Lets a client that others wrote (PyPI: python-zalo-bot) talk with the fake Zalo of the tests: a second opinion on the
# wire protocol that the fake claims to speak. Needs python3 with venv, and the network once for pip. Everything lives in
# a temporary folder and is gone afterwards. Not part of every run of the tests.
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install python-zalo-bot==0.1.9
cargo run -q --example zalo_check -- "$folder/venv/bin/python" tests/zalo/check.py
