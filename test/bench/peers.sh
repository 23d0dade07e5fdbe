#!/usr/bin/env bash
# The table of peers (test/bench/peers.ts): makes models with random weights and installs llama.cpp's binding in
# .cache, about 2.2 GB.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d .venv ] || bash test/install.sh --python
[ -d .cache/peers/27M ] || PYTHONPATH=model .venv/bin/python -m byteline_model.peer --out .cache/peers
[ -d .cache/peers/27M-fp32 ] ||
  PYTHONPATH=model .venv/bin/python -m byteline_model.dequantise .cache/peers/27M .cache/peers/27M-fp32
if [ ! -d .cache/llama/node_modules/node-llama-cpp ]; then
  mkdir -p .cache/llama
  echo '{"private": true}' > .cache/llama/package.json
  npm install --prefix .cache/llama --ignore-scripts --no-audit --no-fund node-llama-cpp@3.22.1
fi
npx tsx test/bench/peers.ts .cache/peers .cache/llama "${1:-7}"
