"""Runs an exported graph from Python: the twin of the worker's engine, for the export's own checks."""
import numpy as np
import onnxruntime
import torch

from .graph import BUCKETS
from .network import NO_MATCH, Config, match_rows, ngram_codes
from .utf8 import state_after, tables

NO = np.float32(-1e9)
FOLLOW = tables()[0]


class Runtime:
    """Caches as in server/engine, at their full size. `extend` appends patches and decodes the open one; then `best` holds the
    bytes that greedy decoding would have yielded in their place."""
    def __init__(self, file: str, config: Config):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session, self.c = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"]), config
        c, rows = config, config.context // config.patch + 1
        self.small, self.reach = c.n_encoder + c.n_local, c.reach
        d = c.patch * c.d_global // c.heads_global
        self.g = {f"g{x}{i}": np.zeros((c.heads_global, rows, d), np.float32) for i in range(c.n_global) for x in "kv"}
        self.l = {f"l{x}{i}": np.zeros((c.context + c.window, c.d_local), np.float32) for i in range(self.small) for x in "kv"}
        self.out = np.zeros((rows + 1, c.patch * c.d_global), np.float32)
        self.u = np.zeros((c.context + 1, c.d_local), np.float32)
        self.bytes, self.rows = b"", 0  # rows of the global model, the pad among them

    def extend(self, patches: bytes, forced: bytes = b"") -> tuple[bytes, np.ndarray, np.ndarray]:
        """Appends whole patches (the pad row first of all) and decodes the patch after them with its first bytes forced.
        Returns the patch, the log-probabilities of its bytes, and those of `patches` (unmasked)."""
        c, P, W = self.c, self.c.patch, self.c.window
        if self.rows == 0:
            first = self._run(bytes(P), 0, forced if not patches else b"")
            if not patches:
                return first
        return self._run(patches, self.rows, forced)

    def _run(self, patches: bytes, r: int, forced: bytes):
        c, P, W = self.c, self.c.patch, self.c.window
        n, at = len(patches) // P, max(0, (r - 1) * P)
        before = (bytes(self.reach - 1) + self.bytes)[len(self.bytes):] if r else bytes(self.reach - 1)
        mask = np.where(np.arange(self.out.shape[0] - 1) < r, 0, NO).astype(np.float32)[None, None]
        i, j = np.arange(n * P)[:, None], np.arange(W + n * P)[None]
        block = np.where((j > i) & (j <= i + W) & (j >= W - at), 0, NO)
        end = at + n * P if r else 0
        i, j = np.arange(P)[:, None], np.arange(W + P)[None]
        steps = np.where((j > i) & (j <= i + W) & (j >= W - end), 0, NO)
        text = self.bytes + (patches if r else b"")
        states = [state_after(self.bytes) if r else 0]  # before each byte of the block, and after it
        for byte in patches if r else bytes(n * P):
            states.append(int(FOLLOW[states[-1], byte]))
        feeds = {"patch": np.frombuffer(patches, np.uint8).astype(np.int64).reshape(n, P), "pos": np.arange(r, r + n),
                 "at": np.array([at]), "end": np.array([end]),
                 "mask": mask, "self": np.where(np.tri(n) > 0, 0, NO).astype(np.float32)[None],
                 "block": block.astype(np.float32)[None], "steps": steps.astype(np.float32),
                 "history": np.frombuffer(before, np.uint8).astype(np.int64), "u0": self.u[at][None, None],
                 "g0": self.out[r - 1][None, None] if r else np.zeros((1, 1, self.out.shape[1]), np.float32),
                 "forced": np.array(list(forced) + [-1] * (P - len(forced))), "state": np.array(states)}
        if c.match_orders:
            M, D = len(c.match_orders), c.match_depth
            everything = torch.tensor([list(text)], dtype=torch.long).view(1, -1)
            rows = match_rows(everything, c.match_orders, D)[0].T - torch.arange(M * D)[:, None] * (NO_MATCH + 1)
            block = rows[:, len(text) - n * P:] if r else torch.full((M * D, n * P), NO_MATCH)
            codes, places, last = ngram_codes(everything, c.match_orders)[0].T.numpy(), np.zeros((M, len(text)), np.int32), {}
            for t in range(len(text)):
                for j in range(M):
                    places[j, t] = last.get((j, codes[j, t]), 0)
                    last[j, codes[j, t]] = t + 2
            buckets = [[] for _ in range(M * BUCKETS)]
            for (j, code), place in last.items():
                buckets[j * BUCKETS + code % BUCKETS].append(place - 1)
            slots = max(map(len, buckets)) or 1
            feeds |= {"found": block.numpy().astype(np.int32), "text": np.array([NO_MATCH, *text], np.int32),
                      "codes": np.concatenate((np.full((M, 1), -1), codes), 1).astype(np.int32),
                      "places": np.concatenate((np.zeros((M, 1), np.int32), places), 1),
                      "buckets": np.array([b + [0] * (slots - len(b)) for b in buckets], np.int32).reshape(M, -1)}
        feeds |= self.g | {k: v[at: at + W] for k, v in self.l.items()}
        names = [o.name for o in self.session.get_outputs()]
        got = dict(zip(names, self.session.run(names, {i.name: feeds[i.name] for i in self.session.get_inputs()})))
        for k in self.g:
            self.g[k][:, r: r + n] = got["n" + k]
        self.out[r: r + n] = got["g"]
        if r and n:
            for k in self.l:
                self.l[k][W + at: W + at + n * P] = got["n" + k]
            self.u[at + 1: at + 1 + n * P] = got["u"]
            self.bytes = text
        self.rows = r + n
        self.best = bytes(got["best"].astype(np.uint8))
        return bytes(got["bytes"].astype(np.uint8)), got["logp"], got["score"]

    def truncate(self, patches: int) -> None:
        self.bytes, self.rows = self.bytes[: patches * self.c.patch], patches + 1
