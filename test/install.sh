#!/usr/bin/env bash
# Installs what is missing for the build: npm's packages. With --python also .venv for model/. Asks nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
stamp() { sha256sum "$@" | sha256sum | cut -c1-16; }
lock=$(stamp package-lock.json)
if [ "$(cat node_modules/.byteline 2>/dev/null)" != "$lock" ]; then
  echo "installing npm packages"
  ONNXRUNTIME_NODE_INSTALL=skip npm ci --silent --no-audit --no-fund
  echo "$lock" > node_modules/.byteline
fi
if [ "${1:-}" = --python ]; then
  wanted=$(stamp model/requirements.txt model/requirements-dev.txt)
  if [ "$(cat .venv/.byteline 2>/dev/null)" != "$wanted" ]; then
    echo "installing Python packages"
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check \
      -r model/requirements.txt -r model/requirements-dev.txt 2> >(grep -v Location >&2 || true)
    echo "$wanted" > .venv/.byteline
  fi
fi
