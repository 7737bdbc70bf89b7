#!/bin/sh
# Fills .env with random secrets, once.
set -eu
cd "$(dirname "$0")"
[ -e .env ] && exit 0
umask 077
random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
while IFS= read -r line; do
  case $line in
    APP_KEY=) printf 'APP_KEY=base64:%s\n' "$(head -c 32 /dev/urandom | base64)" ;;
    *_PASSWORD= | *_KEY= | *_SECRET=) printf '%s%s\n' "$line" "$(random)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done <.env.example >.env.unfinished
mv .env.unfinished .env
