#!/usr/bin/env bash
# Keeps the next nano training in the background on one core, whenever anyone works on this project:
#
#   bash model/keep-training.sh             starts or resumes the run; safe to call again
#   bash model/keep-training.sh start --ranks 2       the same on two cores, for when no one else needs them
#   bash model/keep-training.sh status      where it is, in one line
#   bash model/keep-training.sh pause       stops it, and pilots, after the step that they are at, with a checkpoint
#   bash model/keep-training.sh pilots [start N | status | pause]     the queue of pilots, on N cores
#   bash model/keep-training.sh shard LIST MIRROR     adds a shard of the list's repositories that no shard has yet
#   bash model/keep-training.sh milestone             puts the run's weights into model/milestones, to be committed
#
# The run's folder is .cache/runs/NAME, its corpus .cache/corpus (train.bin, train-01.bin, .., valid.bin). PYTHON names
# the interpreter, CORPUS, RUNS and MILESTONES other folders.
set -euo pipefail
preset=nano core_hours=20
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
# a run without a folder goes on from the last milestone, else from the released weights; each such run has a seed of
# its own, so that it does not begin with the documents that the one before began with
milestone=${MILESTONES:-$here/milestones}/$preset
from=$here/models/nano seed=6
[ ! -d "$milestone" ] || from=$milestone
python=${PYTHON:-$root/.venv/bin/python}
corpus=${CORPUS:-$root/.cache/corpus} runs=${RUNS:-$root/.cache/runs}
export PYTHONPATH=$here OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE
# the comment above
usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2; }
pilots() {
  "$python" -m byteline_model.pilots "$@" --preset "$preset" --corpus "$corpus" --valid "$corpus" --runs "$runs/pilots"
}
what=${1:-start}
[ $# -eq 0 ] || shift
case $what in
  start | status | pause)
    [ "$what" != pause ] || pilots pause
    exec "$python" -m byteline_model.keep "$what" --preset "$preset" --core-hours "$core_hours" --from "$from" \
      --seed "$seed" --corpus "$corpus" --valid "$corpus" --out "$runs/$preset" "$@"
    ;;
  pilots)
    pilots "$@"
    ;;
  shard)
    [ $# -ge 2 ] || usage
    exec nice -n 19 "$python" -m byteline_model.corpus.build --add --split train --list "$1" --mirror "$2" \
      --held-out "$corpus" --out "$corpus"
    ;;
  milestone)
    exec "$python" -m byteline_model.export "$runs/$preset/last.pt" --name "$preset" --out "$milestone" "$@"
    ;;
  *) usage ;;
esac
