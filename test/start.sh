#!/usr/bin/env bash
# npm start: builds, packs and installs Byteline into an editor, and opens a copy of the sample workspace at the first
# place to try. VS Code when `code` is on the path, else the browser workbench on loopback. Asks nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
bash test/install.sh
echo "building Byteline"
if command -v code >/dev/null; then
  os=$(node -p 'process.platform') arch=$(node -p 'process.arch')
  npm run -s package -- "$os-$arch" | tail -n 1
  code --install-extension "byteline-$os-$arch-$(node -p 'require("./package.json").version').vsix" --force
  sample=$(mktemp -d)/sample
  cp -R test/fixtures/sample "$sample"
  line=$(grep -n 'function narrowest' "$sample/shapes.ts" | cut -d: -f1)
  echo "VS Code opens $sample. Where it asks, trust the folder: else Byteline reads no file but the open one."
  code "$sample" --goto "$sample/shapes.ts:$line:99" # behind its last character
else
  bash test/editor/install.sh --no-chromium
  npm run -s package -- "linux-$(node -p 'process.arch')" | tail -n 1
  exec npx tsx test/editor/serve.ts
fi
