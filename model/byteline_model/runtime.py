"""Runs an exported graph from Python: the twin of the worker's engine, for the export's own checks."""

from typing import cast

import numpy as np
import onnxruntime
import torch

from .config import Config
from .graph import BUCKETS
from .ngrams import NO_MATCH, match_rows, ngram_codes
from .utf8 import state_after, tables

NO = np.float32(-1e9)
FOLLOW = tables()[0]


class Runtime:
    """Caches as in server/engine, at their full size. `extend` appends patches and decodes the open one; then `best`
    holds the bytes that greedy decoding would have yielded in the place of those that were read."""

    def __init__(self, file: str, config: Config):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session, self.c = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"]), config
        c, rows = config, config.context // config.patch + 1
        self.small = c.n_encoder + c.n_local
        d = c.patch * c.d_global // c.heads_global
        self.g = {f"g{x}{i}": np.zeros((c.heads_global, rows, d), np.float32) for i in range(c.n_global) for x in "kv"}
        self.l = {
            f"l{x}{i}": np.zeros((c.context + c.window, c.d_local), np.float32) for i in range(self.small) for x in "kv"
        }
        self.out = np.zeros((rows + 1, c.patch * c.d_global), np.float32)
        self.u = np.zeros((c.context + 1, c.d_local), np.float32)
        self.bytes, self.rows = b"", 0  # rows of the global model, the pad among them
        self.open: tuple[bytes, dict] | None = None  # the patch decoded last, and its rows

    def extend(self, patches: bytes, forced: bytes = b"", again: bool = True) -> tuple[bytes, np.ndarray, np.ndarray]:
        """Appends whole patches (the pad row first of all) and decodes the patch after them with its first bytes
        forced. Returns the patch, the log-probabilities of its bytes, and those of `patches` (unmasked). `again`: a
        patch that the call before decoded is read like any other; else its rows are taken as they are, and it has no
        log-probabilities."""
        if self.rows == 0:
            self._run(bytes(self.c.patch), b"")
        if not again and self.open and patches.startswith(self.open[0]):
            made, rows = self.open
            self._append(made, {k: rows["o" + k][0] for k in self.l}, rows["ou"][0])
            patches = patches[len(made) :]
        return self._run(patches, forced)

    def _append(self, patches: bytes, local: dict, u: np.ndarray) -> None:
        at = len(self.bytes)
        for k, rows in local.items():
            self.l[k][self.c.window + at : self.c.window + at + len(patches)] = rows
        self.u[at + 1 : at + 1 + len(patches)] = u
        self.bytes += patches

    def _run(self, patches: bytes, forced: bytes):
        c, P, W, r = self.c, self.c.patch, self.c.window, self.rows
        at, N = len(self.bytes), len(patches)
        start = max(0, r - 1) * P  # of the bytes that are new to the global model
        text = self.bytes + (patches if r else b"")
        end, n = len(text), (at - start + N) // P
        mask = np.where(np.arange(self.out.shape[0] - 1) < r, 0, NO).astype(np.float32)[None, None]
        i, j = np.arange(N)[:, None], np.arange(W + N)[None]
        block = np.where((j > i) & (j <= i + W) & (j >= W - at), 0, NO)
        i, j = np.arange(P)[:, None], np.arange(W + P)[None]
        steps = np.where((j > i) & (j <= i + W) & (j >= W - end), 0, NO)
        states = [state_after(self.bytes) if r else 0]  # before each fresh byte, and after it
        for byte in patches if r else bytes(N):
            states.append(int(FOLLOW[states[-1], byte]))
        ints = lambda values: np.asarray(values, np.int32)[None]
        feeds = {
            "patch": ints(list((text if r else patches)[start:])),
            "pos": np.arange(r, r + n),
            "fresh": ints(list(patches)),
            "at": np.array([at]),
            "end": np.array([end]),
            "mask": mask,
            "self": np.where(np.tri(n) > 0, 0, NO).astype(np.float32)[None],
            "block": block.astype(np.float32)[None],
            "steps": steps.astype(np.float32),
            "recent": ints(list((bytes(c.reach - 1) + text)[end:])),
            "known": self.u[start : at + 1][None],
            "g0": self.out[r - 1][None, None] if r else np.zeros((1, 1, self.out.shape[1]), np.float32),
            "forced": ints(list(forced) + [-1] * (P - len(forced))),
            "state": ints(states),
        }
        everything = torch.tensor([list(text)], dtype=torch.long).view(1, -1)
        tail = slice(end - N, end) if r else slice(0, 0)
        pad = lambda x, value: x if r else np.full((N, x.shape[1]), value)
        if c.hash_orders:
            feeds["grams"] = ints(pad(ngram_codes(everything, c.hash_orders)[0].numpy()[tail], 0))
        if c.match_orders:
            M, D = len(c.match_orders), c.match_depth
            found = match_rows(everything, c.match_orders, D)[0].numpy()[tail] - np.arange(M * D) * (NO_MATCH + 1)
            codes, places, last = ngram_codes(everything, c.match_orders)[0].T.numpy(), np.zeros((M, end), np.int32), {}
            for t in range(end):
                for j in range(M):
                    places[j, t] = last.get((j, codes[j, t]), 0)
                    last[j, codes[j, t]] = t + 2
            buckets = [[] for _ in range(M * BUCKETS)]
            for (j, code), place in last.items():
                buckets[j * BUCKETS + code % BUCKETS].append(place)
            slots = max(map(len, buckets)) or 1
            feeds |= {
                "found": ints(pad(found, NO_MATCH)),
                "text": ints([NO_MATCH, *text]),
                "codes": ints(np.concatenate((np.full((M, 2), -1), codes), 1)),
                "places": ints(np.concatenate((np.zeros((M, 2)), places), 1)),
                "buckets": np.array([b + [0] * (slots - len(b)) for b in buckets], np.int32),
            }
        feeds |= self.g | {k: v[at : at + W][None] for k, v in self.l.items()}
        names = [o.name for o in self.session.get_outputs()]
        out = self.session.run(names, {i.name: feeds[i.name] for i in self.session.get_inputs()})
        got = dict(zip(names, cast("list[np.ndarray]", out)))
        for k in self.g:
            self.g[k][:, r : r + n] = got["n" + k]
        self.out[r : r + n] = got["g"]
        if r:
            self._append(patches, {k: got["n" + k][0] for k in self.l}, got["u"][0])
        else:
            self.u[0] = got["u"][0, 0]
        self.rows = r + n
        made, self.best = (bytes(x[0].astype(np.uint8)) for x in (got["bytes"], got["fdist"].argmax(2)))
        self.open = made, got
        return made, got["dist"][0][np.arange(P), list(made)], got["score"][0]

    def truncate(self, patches: int) -> None:
        """Forgets all but the first `patches` patches."""
        self.bytes, self.rows, self.open = self.bytes[: patches * self.c.patch], patches + 1, None
