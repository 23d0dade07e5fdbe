#!/usr/bin/env bash
# A training run on a machine that is lent for minutes: pack the corpora where they are, carry the pieces over, run.
#
#   bash model/gpu.sh pack TRAIN_DIR VALID_DIR PIECES      packs both into PIECES/corpus.tar.xz.00, .01, .. of 58 MB
#   bash model/gpu.sh run PIECES OUT PRESET MINUTES [option of the trainer..]     unpacks, trains, exports to OUT/PRESET
#
# A second `run` after a kill goes on from OUT/run/last.pt (every three minutes). PYTHON names the interpreter.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 4 ] || usage
case $1 in
  pack)
    mkdir -p "$4"
    rm -f "$4"/corpus.tar.xz.*
    tar -c -C "$2" train.bin train.json -C "$(cd "$3" && pwd)" valid.bin valid.json \
      | xz -9 -T0 | split -b 58000000 -d - "$4/corpus.tar.xz."
    ls -l "$4"
    ;;
  run)
    [ $# -ge 5 ] || usage
    pieces=$2 out=$3 preset=$4 minutes=$5
    shift 5
    export PYTHONPATH=$here
    mkdir -p "$out/corpus"
    if ! [ -e "$out/corpus/whole" ]; then
      cat "$pieces"/corpus.tar.xz.* | tar -xJ -C "$out/corpus"
      touch "$out/corpus/whole"
    fi
    "${PYTHON:-python3}" -m byteline_model.train --preset "$preset" --corpus "$out/corpus" --valid "$out/corpus" \
      --out "$out/run" --minutes "$minutes" --compile "$@"
    "${PYTHON:-python3}" -m byteline_model.export "$out/run/last.pt" --name "$preset" --out "$out/$preset"
    ;;
  *) usage ;;
esac
