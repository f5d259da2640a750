#!/bin/sh
# Install what the whole suite needs and pip cannot bring: PostgreSQL, Chromium and ffmpeg.
# As root on Debian it installs them; elsewhere it says which tests will be skipped.
set -u
missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 \
  || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v ffmpeg >/dev/null 2>&1 || missing="$missing ffmpeg"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "· installing$missing"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing \
    >/dev/null 2>&1 && exit 0
fi
echo "! Not on this machine:$missing. The tests that need it are skipped."
echo "  On Debian or Ubuntu: sudo apt-get install$missing"
exit 0
