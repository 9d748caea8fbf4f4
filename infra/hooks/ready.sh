#!/bin/sh
# Waits until the app says that it is ready. Usage: ready.sh https://the-app.example
set -eu
# Whoever has just been told to restart may answer for a moment longer.
sleep 5
try=1
until curl --silent --show-error --max-time 10 --fail "$1/healthz/ready"; do
  if [ "$try" -ge 30 ]; then
    echo "::error::/healthz/ready is not 200. /health/all (with a function key) says what is wrong."
    exit 1
  fi
  try=$((try + 1))
  sleep 5
done
