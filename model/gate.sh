#!/bin/bash
# Trains the gate of a model on repositories:
#
#   bash model/gate.sh MODEL_FOLDER OUT REPOSITORY_FOLDER...
#
# What the model says of them is kept in OUT and made once, for three files of each that the corpus does not hold; what
# the memory finds there and the gate are made anew, so after a change of the index this takes some minutes. Further
# arguments of byteline_model.gate, a test for example, in GATE. Names in Python come from the language server whose
# command is in PYTHON_SERVER ('pyright-langserver --stdio', from the npm package pyright); without it there are none.
set -euo pipefail
model=$1 out=$2
shift 2
unseen=()
for corpus in .cache/corpus/train*.json; do
  [ ! -f "$corpus" ] || unseen+=(--unseen "$corpus")
done
npx tsx test/bench/distributions.ts "$model" 3 "$out/distributions" "$@" "${unseen[@]}"
npx tsx test/bench/serverNames.ts "$out/distributions" ${PYTHON_SERVER:+--python "$PYTHON_SERVER"}
npx tsx test/bench/features.ts "$out/distributions" "$out/features"
# what comes with Byteline: each of its files is typed once beside the others, as in an empty folder
npx tsx test/bench/idioms.ts "$out/idioms"
npx tsx test/bench/distributions.ts "$model" 1000 "$out/idiom-distributions" "$out"/idioms/* --idioms
npx tsx test/bench/features.ts "$out/idiom-distributions" "$out/idiom-features" --idioms
# shellcheck disable=SC2086
PYTHONPATH=model .venv/bin/python -m byteline_model.gate "$out/features" "$out/idiom-features" \
  --model "$model" ${GATE:-}
