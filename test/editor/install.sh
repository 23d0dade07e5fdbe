#!/usr/bin/env bash
# Installs the browser workbench that the editor tests and `npm start` use when there is no `code` on the path: VS Code as
# the npm package code-server, under its own Node 24, and (but for --no-chromium) Debian's Chromium. About 950 MB in .cache/editor.
set -euo pipefail
cd "$(dirname "$0")/../.."
into=$PWD/.cache/editor
mkdir -p "$into"
log=$into/install.log
# runs a step quietly; what it printed comes out when it fails
quietly() { "$@" > "$log" 2>&1 || { status=$?; echo "failed: $*" >&2; tail -n 40 "$log" >&2; exit "$status"; }; }

packages="libkrb5-dev g++ make python3" # code-server builds its kerberos module
[ "${1:-}" = --no-chromium ] || packages="chromium $packages"
missing=$(for p in $packages; do dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || echo "$p"; done)
if [ -n "$missing" ]; then
  echo "installing Debian packages:" $missing
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  quietly $sudo apt-get update -qq
  quietly $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
[ -f "$into/done" ] && exit 0
echo "installing the browser workbench (about 3 minutes)"
cd "$into"
rm -rf node_modules package-lock.json # what an interrupted run left does not install
echo '{"private": true}' > package.json
node=node-linux-$(node -p process.arch)
quietly npm install --ignore-scripts --no-audit --no-fund "$node@24.21.0"
node24=$into/node_modules/$node
unset npm_config_user_agent # under `npm test` it names the outer Node, and code-server believes it
PATH=$node24/bin:$PATH npm_config_nodedir=$node24 quietly npm install --no-audit --no-fund code-server@4.139.1
touch done
