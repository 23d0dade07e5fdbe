#!/usr/bin/env bash
# Installs the browser workbench that the editor tests and `npm start` use when there is no `code` on the path: VS Code
# as the npm package code-server, under its own Node, and (but for --no-chromium) Debian's Chromium. About 950 MB in
# .cache/editor. BYTELINE_EDITOR=4.106.3 installs and uses that version, VS Code 1.106, beside it: the oldest that
# package.json claims.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=${BYTELINE_EDITOR:-4.139.1}
into=$PWD/.cache/editor${BYTELINE_EDITOR:+-$BYTELINE_EDITOR}
mkdir -p "$into"
log=$into/install.log
# runs a step quietly; what it printed comes out when it fails
quietly() { "$@" > "$log" 2>&1 || { status=$?; echo "failed: $*" >&2; tail -n 40 "$log" >&2; exit "$status"; }; }

packages="libkrb5-dev g++ make python3" # code-server builds its kerberos module
[ "${1:-}" = --no-chromium ] || packages="chromium $packages"
missing=$(for p in $packages; do
  dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || echo "$p"
done)
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
runtime=$([ "$version" = 4.106.3 ] && echo 22.23.3 || echo 24.21.0) # what that code-server asks for
quietly npm install --ignore-scripts --no-audit --no-fund "$node@$runtime"
own=$into/node_modules/$node
unset npm_config_user_agent # under `npm test` it names the outer Node, and code-server believes it
PATH=$own/bin:$PATH npm_config_nodedir=$own npm_config_unsafe_perm=true \
  quietly npm install --no-audit --no-fund "code-server@$version"
touch done
