#!/usr/bin/env bash
# npm start: builds, packs and installs Byteline into an editor, and opens a sample workspace. VS Code when `code` is on
# the path, else the browser workbench on loopback. Asks nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
bash test/install.sh
node esbuild.config.mjs
if command -v code >/dev/null; then
  os=$(node -p 'process.platform') arch=$(node -p 'process.arch')
  npm run -s package -- "$os-$arch" | tail -n 1
  code --install-extension "byteline-$os-$arch-$(node -p 'require("./package.json").version').vsix" --force
  code test/fixtures/sample --goto test/fixtures/sample/shapes.ts:14:1
else
  bash test/editor/install.sh --no-chromium
  npm run -s package -- "linux-$(node -p 'process.arch')" | tail -n 1
  exec npx tsx test/editor/serve.ts
fi
