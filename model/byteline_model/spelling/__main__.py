"""The two failures of tokens that a network over bytes does not have, shown: spelling a word backwards, and a prompt
that ends in a space.

    python -m byteline_model.spelling --words FILE --corpus DIR --out DIR [--megabytes 0.5,1]

Trains small networks on lines such as `listen > netsil` and asks for words that none of them has seen; then a network
over bytes and the BPE twin on the corpus's code, and asks both at cursors in its validation files that stand behind a
space. The twin's tokenizer is trained on the corpus, so it has the tokens of ordinary text. FILE has a word a line
(Debian's wamerican: /usr/share/dict/words); DIR is a packed corpus with the splits train and valid. OUT/results.jsonl
gets one row for each finished part; a part that is there is not run again, and a part that was killed goes on.
"""

import argparse
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checkpoints import finished
from ..config import Config
from ..controls import TransformerConfig
from ..corpus.pack import Corpus
from ..errors import InputError, command, numbers
from ..flops import flops_per_byte
from ..presets import PRESETS, rows_in
from ..scorecard.models import open_models
from ..sequence import line_end
from ..tokens import tokenizer_of
from ..train import train
from . import report
from .reversal import CONTEXT, NETWORKS, Speller, learn, questions, spell, twin_of
from .spaces import ask, places
from .words import pack, read_words

ASKED = {"unseen": 300, "longer": 100, "shuffled": 100}  # words of each set
READERS = {name: PRESETS[name] for name in ("byteline", "bpe")}  # networks that read code


@dataclass(frozen=True)
class Sizes:
    """How much is trained and asked."""

    megabytes: tuple[float, ...] = (0.5, 1)  # of pairs, ascending: each goes on from the one before
    seeds: tuple[int, ...] = (1, 2)
    code: float = 1.5  # megabytes of code
    places: int = 120


class Results:
    """OUT/results.jsonl: a row for each finished part. Raises InputError where OUT was made from other words."""

    def __init__(self, out: Path, words: Path):
        self.file, self.rows = out / "results.jsonl", []
        out.mkdir(parents=True, exist_ok=True)
        mark, digest = out / "words.sha256", hashlib.sha256(words.read_bytes()).hexdigest()
        if mark.exists() and mark.read_text() != digest:
            raise InputError(f"{out}: was made from other words than those of {words}; give another --out")
        if not mark.exists():
            mark.write_text(digest)
        self.read()

    def read(self) -> None:
        """Takes in what is there, of another process, too: those of other seeds may run side by side."""
        if self.file.exists():
            self.rows = [json.loads(line) for line in self.file.read_text().splitlines()]

    def has(self, **key: Any) -> bool:
        return any(all(row.get(name) == value for name, value in key.items()) for row in self.rows)

    def add(self, **row: Any) -> None:
        self.read()
        self.rows.append(row)
        part = self.file.with_suffix(".part")  # a kill leaves the old file or the new one
        part.write_text("".join(json.dumps(r) + "\n" for r in self.rows))
        part.replace(self.file)


def run(
    words: Path,
    corpus: Path,
    out: Path,
    sizes: Sizes,
    networks: dict[str, Config | TransformerConfig] = NETWORKS,
    readers: dict[str, Config | TransformerConfig] = READERS,
) -> str:
    """Trains and asks what OUT does not have yet; returns the report."""
    results, lists = Results(out, words), read_words(words)
    code, valid = Corpus(corpus, "train"), Corpus(corpus, "valid")
    for vocab in {twin.vocab for c in networks.values() if (twin := twin_of(c))}:
        tokenizer_of(out / "tokenizer.json", code, vocab, 1)
    folder = out / "pairs"
    if not (folder / "train.json").exists():
        pack(lists.trained, folder, CONTEXT - 32, 1)
    pairs, asked = Corpus(folder, "train"), questions(lists, ASKED)
    for seed in sizes.seeds:
        for name, c in networks.items():
            for megabytes in sorted(sizes.megabytes):
                key = dict(part="reversal", network=name, seed=seed, megabytes=megabytes)
                if results.has(**key):
                    continue
                there = out / f"{name}-{seed}"
                model, flops = learn(c, pairs, out / "tokenizer.json", there, seed, megabytes)
                seconds = round(finished(there, megabytes)["core"])
                said = spell(Speller(model, there), lists, asked)
                found = report.answers(said)
                results.add(**key, flops=round(flops), seconds=seconds, **found)
                right, asked_of = found["unseen"]
                print(f"{name}, seed {seed}, {megabytes:g} MB: {right} of {asked_of} unseen words", flush=True)
    for name, c in readers.items():
        read_spaces(results, name, c, code, valid, out, sizes)
    return "\n\n".join(part for part in (report.reversal(results.rows), report.spaces(results.rows)) if part)


def read_spaces(results, name, c, code: Corpus, valid: Corpus, out: Path, sizes: Sizes) -> None:
    """A row for a network that reads code; two for the twin, without and with healing."""
    key = dict(part="spaces", megabytes=sizes.code)
    there = out / f"code-{name}"
    healed = f"{there.name}, healed"
    if results.has(network=there.name, **key) and (not twin_of(c) or results.has(network=healed, **key)):
        return
    there.mkdir(exist_ok=True)
    if twin_of(c) and not (there / "tokenizer.json").exists():
        shutil.copy(out / "tokenizer.json", there)
    train(c, code, None, there, rows=rows_in(8192, c), quiet=True, megabytes=sizes.code, save_every=60)
    finished(there, sizes.code)
    chosen = places(valid, sizes.places)
    for p in open_models(str(there / "last.pt"), 1):
        if not results.has(network=p.name, **key):
            found, examples = [], []
            for i, (d, at) in enumerate(chosen):
                said = ask(p, d, at, shown=i % max(1, len(chosen) // report.SHOWN) == 0)
                found.append([d.repository, *(round(b, 2) for b in said["bits"]), *map(int, said["right"])])
                if "text" in said:
                    start = d.text.rfind(b"\n", 0, at) + 1
                    line, rest = d.text[start:at].strip(), d.text[at + 1 : line_end(d.text, at)]
                    examples.append([d.repository, line.decode(), rest.decode(), found[-1][1:3], said["text"]])
            flops = round(sum(flops_per_byte(c).values()))
            results.add(**key, network=p.name, flops=flops, places=found, examples=examples)
        p.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=Path, required=True, help="a word a line")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the packed corpus")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--megabytes", default="0.5,1", help="of pairs, with commas between (%(default)s)")
    parser.add_argument("--seeds", default="1,2", help="with commas between (%(default)s)")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="that learn pairs, of %(default)s")
    parser.add_argument("--code", type=float, default=Sizes.code, help="megabytes of code (%(default)s)")
    parser.add_argument("--places", type=int, default=Sizes.places, help="cursors behind a space (%(default)s)")
    a = parser.parse_args()
    sizes = Sizes(numbers(float, a.megabytes), numbers(int, a.seeds), a.code, a.places)
    names = a.networks.split(",")
    if unknown := set(names) - set(NETWORKS):
        raise InputError(f"--networks {','.join(sorted(unknown))}: of {', '.join(NETWORKS)}")
    print(run(a.words, a.corpus, a.out, sizes, {name: NETWORKS[name] for name in names}))


if __name__ == "__main__":
    command(main)
