"""Trains a model on from a released one on the code of one folder, and says whether it is better there:

    python -m byteline_model.learn FOLDER --out my-models/mine [--from nano] [--minutes 60]

Some files are held out. If the new model is not better on them by more than their noise, in the mixture with the
workspace's memory as the worker completes, OUT is not made and the status is 3. After a kill the same command goes on.
"""

import argparse
import resource
import time
from pathlib import Path

import torch

from ..errors import command
from ..scorecard.models import folder_of
from .learning import PASSES, RATE, Learning

NOT_BETTER = 3  # the status: 1 is bad input, 2 bad arguments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="your code: a git checkout (its last commit is read) or any folder")
    parser.add_argument("--from", dest="start", default="nano", help="a released model's name or folder (%(default)s)")
    parser.add_argument(
        "--out", type=Path, required=True, help="the model folder that is made; its name is the model's"
    )
    parser.add_argument("--minutes", type=float, default=60, help="for all of it, across restarts (%(default)s)")
    parser.add_argument("--passes", type=float, default=PASSES, help="over the folder's text, at most (%(default)s)")
    parser.add_argument("--rate", type=float, default=RATE, help="factor of the learning rates (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the files that are held out, and of the run")
    parser.add_argument("--compile", action="store_true", help="train half as fast again; needs a C++ compiler")
    parser.add_argument("--keep", action="store_true", help="make OUT even if the model is not better")
    a = parser.parse_args()
    torch.set_num_threads(1)
    began = time.time()
    with Learning(a.folder, folder_of(a.start), a.out, a.minutes, a.seed) as learning:
        learning.divide()
        learning.judge_start()
        learning.train(a.passes, a.rate, a.compile)
        learning.export()
        better = learning.judge()
        learning.finish(better or a.keep)
    peaks = (resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print("{:.0f} minutes; at most {:.1f} GB here and {:.1f} in the worker".format((time.time() - began) / 60, *peaks))
    if better or a.keep:
        print(f"{a.out} is there: name {a.out.resolve().parent} in byteline.modelFolders, or use Add Model Folder")
    if not better:
        print("not better: the released model stays the better choice for this folder")
        raise SystemExit(NOT_BETTER)


if __name__ == "__main__":
    try:
        command(main)
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command goes on") from None
