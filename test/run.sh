#!/usr/bin/env bash
# npm test: installs what is missing, runs every check and test, and ends with `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
passed=0 failed=0
failures=$(mktemp) # a line for each test that failed
export PYTHONPATH=model OMP_NUM_THREADS=2 PYRIGHT_PYTHON_IGNORE_WARNINGS=1
# the suite inside the extension host runs in the browser workbench; set it empty to download VS Code instead
export VSCODE_EXECUTABLE_PATH=${VSCODE_EXECUTABLE_PATH-$PWD/test/editor/code}

# runs a step that counts as one test
step() {
  local name=$1 began=$SECONDS; shift
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    echo "$name" >> "$failures"
  fi
  echo "   $((SECONDS - began)) s"
}
# runs a test runner and adds what its reporter counted; a run that ends badly, or counts nothing, is one failure
counted() {
  local name=$1 began=$SECONDS counts status ok bad; shift
  counts=$(mktemp)
  echo "== $name"
  BYTELINE_COUNTS=$counts "$@"
  status=$?
  read -r ok bad < "$counts"
  tail -n +2 "$counts" 2> /dev/null | sed "s/^/$name: /" >> "$failures"
  rm -f "$counts"
  ok=${ok:-0} bad=${bad:-0}
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
    bad=1
    echo "$name: ended with $status" >> "$failures"
  fi
  passed=$((passed + ok)) failed=$((failed + bad))
  echo "   $((SECONDS - began)) s"
}
mocha() { npx mocha --exit --import=tsx --timeout 120000 --reporter test/reporters/counting.cjs "$@"; }
pytest() { PYTHONPATH=model:test/reporters .venv/bin/python -m pytest -q --durations=20 -p counting "$@"; }
debian() {
  { command -v strace && command -v pkill && command -v nvim && ldconfig -p | grep libvulkan.so.1; } > /dev/null ||
    { $sudo apt-get update -qq && $sudo apt-get install -y -qq strace procps neovim libvulkan1; } || return
  # the tests of devices use its software Vulkan before the browser workbench, which installs it, too, is ready
  command -v chromium > /dev/null ||
    { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends chromium; }
}
of_python() { .venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/pyright; }

step "install" bash test/install.sh --python
step "Debian packages" debian
step "types" npx tsc -p .
step "lint" npm run -s lint
step "lint and types of Python" of_python
step "build" node esbuild.config.mjs
step "fp32 twin" .venv/bin/python -m byteline_model.dequantise model/models/micro .cache/models/micro-fp32
# runs functions side by side; what all but the first one print comes after the first one's end
beside() {
  local logs lane ok bad; logs=$(mktemp -d)
  for lane in "${@:2}"; do
    { passed=0 failed=0; "$lane"; echo "$passed $failed" > "$logs/$lane.count"; } > "$logs/$lane.log" 2>&1 &
  done
  "$1"
  wait
  for lane in "${@:2}"; do
    cat "$logs/$lane.log"
    read -r ok bad < "$logs/$lane.count"
    passed=$((passed + ok)) failed=$((failed + bad))
  done
  rm -r "$logs"
}

# three lanes of about equal length; the third waits much, for a network or for keys
aside=(test/integration/{cli,confidence,paths,soak}.test.ts)
patient=(test/editor/{themes,walkthrough,nextEditServer,host}.test.ts) # those that a busy machine harms least
packed=$(mktemp -u)
of_worker() {
  counted "unit" mocha 'test/unit/*.test.ts'
  counted "integration" mocha 'test/integration/*.test.ts' "${aside[@]/#/--ignore=}"
}
of_model() {
  export OMP_NUM_THREADS=1
  step "packages of all platforms" npx tsx test/package.ts
  touch "$packed"
  counted "model" pytest model/tests
}
that_wait() {
  step "browser workbench" bash test/editor/install.sh
  counted "integration, aside" mocha "${aside[@]}"
  until [ -e "$packed" ]; do sleep 1; done
  counted "editor, the patient ones" mocha "${patient[@]}"
}
shown=(test/editor/{faults,ghost,keys,sample,views,nextEditFiles}.test.ts)
others=("${patient[@]}" "${shown[@]}")
of_shown() { counted "editor, what is shown" mocha "${shown[@]}"; }
of_rest() { counted "editor, the rest" mocha 'test/editor/*.test.ts' "${others[@]/#/--ignore=}"; }

beside of_worker of_model that_wait
beside of_shown of_rest

if [ -s "$failures" ]; then printf '\nfailed:\n'; cat "$failures"; fi
rm "$failures"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
