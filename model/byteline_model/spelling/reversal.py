"""Reversal: networks that are trained on `listen > netsil` and asked for words that they have not seen."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ..checkpoints import finished
from ..config import VOCAB, Config
from ..controls import TransformerConfig
from ..corpus.pack import Corpus
from ..flops import flops_per_byte
from ..presets import PRESETS, Network, rows_in
from ..reading import reading
from ..sequence import SENTINELS, plain
from ..tokens import TokenText
from ..train import train
from .words import PATH, Words, answer, pair, question, shuffled

STEP = 4096  # bytes of text in a training step
CONTEXT = 512  # bytes: a document of about thirty pairs
BATCH = 64  # prompts that are answered together

# The presets of the controls with a shorter context; `byteline` without the tables, whose matches would be of no help
# and whose hashes would learn words by heart. The twin's context is in tokens, of about two bytes of these pairs each.
NETWORKS: dict[str, Config | TransformerConfig] = {
    "byteline": replace(PRESETS["byteline"], context=CONTEXT, hash_orders=(), hash_rows=0, match_orders=()),
    "paper": replace(PRESETS["paper"], context=CONTEXT),
    "transformer": replace(PRESETS["transformer"], context=CONTEXT // 2),
    "bpe": replace(PRESETS["bpe"], context=CONTEXT // 2),
}


def twin_of(c: Config | TransformerConfig) -> TransformerConfig | None:
    """The configuration where it is that of a network over tokens."""
    return c if isinstance(c, TransformerConfig) and c.vocab != VOCAB else None


class Speller:
    """A network and how it reads: ids of bytes, bytes of ids, and the ids that end an answer."""

    def __init__(self, model: Network, folder: Path):
        self.model, text = model.eval(), reading(model.c, folder)
        if isinstance(text, TokenText):
            self.encode, self.bytes = text.encode, text.bytes
        else:
            self.encode, self.bytes = list, [bytes([b]) for b in range(VOCAB)]
        last = {b"\n"[0], *SENTINELS.values()}
        self.ends = {i for i, b in enumerate(self.bytes) if last & set(b)}

    def answers(self, words: list[str], before: list[str], longest: int) -> list[bytes]:
        """What follows each question, greedily, without the line's end: at most `longest` bytes and the last token's.
        `before`: for each word, one whose pair stands before the question."""
        head, out = plain(PATH, self.model.c.patch), []
        for i in range(0, len(words), BATCH):
            prompts = [head + pair(b) + question(w) for w, b in zip(words[i : i + BATCH], before[i : i + BATCH])]
            guesses = [self.encode(answer(w)) for w in words[i : i + BATCH]]
            out += self._greedy([self.encode(p) for p in prompts], guesses, longest)
        return out

    @torch.no_grad()
    def _greedy(self, sequences: list[list[int]], guesses: list[list[int]], longest: int) -> list[bytes]:
        """The most probable ids one after the other. A guess only saves passes: it stands as long as the arg max
        agrees, and the next id is right in any case (scorecard/checkpoint.py does the same)."""
        starts, running = [len(s) for s in sequences], set(range(len(sequences)))
        text = lambda i: b"".join(self.bytes[t] for t in sequences[i][starts[i] :])
        while running:
            rows = sorted(running)
            said = self._most_probable([sequences[i] + guesses[i] for i in rows])
            for i, best in zip(rows, said):
                for at in range(len(sequences[i]), len(sequences[i]) + len(guesses[i]) + 1):
                    sequences[i].append(int(best[at]))
                    guess = guesses[i].pop(0) if guesses[i] else None
                    if sequences[i][-1] in self.ends or sequences[i][-1] != guess:
                        break
                if sequences[i][-1] != guess:
                    guesses[i] = []
                if sequences[i][-1] in self.ends or len(text(i)) >= longest:
                    running.discard(i)
        return [text(i).split(b"\n")[0] for i in range(len(sequences))]

    def _most_probable(self, sequences: list[list[int]]) -> Tensor:
        """Ids [rows, T]: at t what is most probable after the first t ids."""
        length = max(map(len, sequences)) + 1
        length += -length % self.model.c.patch
        x = torch.tensor([s + [0] * (length - len(s)) for s in sequences])
        return self.model(x)[..., : len(self.bytes)].argmax(-1)


def questions(words: Words, counts: dict[str, int], seed: int = 1) -> dict[str, list[str]]:
    """The words that are asked, by set: `unseen`, `longer`, and the letters of unseen words `shuffled`; up to
    counts[set] of each."""
    rng = random.Random(seed)
    drawn = {
        name: rng.sample(all_, min(counts[name], len(all_))) for name, all_ in words._asdict().items() if name in counts
    }
    known = {w for all_ in words for w in all_}
    if "shuffled" in counts:
        drawn["shuffled"] = shuffled(rng.sample(words.unseen, len(words.unseen)), known, seed)[: counts["shuffled"]]
    return drawn


def measured(c: Config | TransformerConfig, folder: Path, pairs: Corpus) -> Config | TransformerConfig:
    """The configuration with the bytes of pairs that a position stands for."""
    if not isinstance(text := reading(c, folder), TokenText):
        return c
    sample = b"".join(pairs.text(i) for i in range(min(len(pairs), 100)))
    return replace(text.c, bytes_per_position=len(sample) / len(text.encode(sample)))


def learn(
    c: Config | TransformerConfig, pairs: Corpus, tokenizer: Path, out: Path, seed: int, megabytes: float
) -> tuple[Network, float]:
    """A network that has seen `megabytes` of pairs, and its forward FLOPs for each byte of them. Goes on from the run
    in `out`, whose cooldown it takes back. Raises InputError for a run that is further than that."""
    out.mkdir(parents=True, exist_ok=True)
    if twin_of(c) and not (out / "tokenizer.json").exists():
        shutil.copy(tokenizer, out / "tokenizer.json")
    asked = measured(c, out, pairs)
    rows = rows_in(STEP, asked)
    model = train(c, pairs, None, out, rows=rows, seed=seed, quiet=True, megabytes=megabytes, fim=0, save_every=60)
    finished(out, megabytes)
    return model, sum(flops_per_byte(asked).values())


def spell(
    speller: Speller, words: Words, asked: dict[str, list[str]], seed: int = 1
) -> dict[str, list[tuple[str, str]]]:
    """(word, what the network says is its reversal) for the words of each set."""
    rng, out = random.Random(seed), {}
    for name, chosen in asked.items():
        before = rng.choices(words.trained, k=len(chosen))
        said = speller.answers(chosen, before, max(map(len, chosen), default=0) + 4)
        out[name] = [(w, s.decode("ascii", "replace").removeprefix(" ")) for w, s in zip(chosen, said)]
    return out
