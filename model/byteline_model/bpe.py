"""The BPE twin as an editor's model: a Transformer over tokens, of as many FLOPs for each byte of text as byteline,
with and without token healing: the prompt's last token is taken back, and the first new token must start with its
bytes. Where the prompt ends inside a token of the text, the model then sees what it saw in training.
"""

from pathlib import Path

import torch
from torch import Tensor

from .controls import Transformer
from .errors import InputError
from .evaluate import load
from .reading import reading
from .sequence import LF, Prompt, clean, header
from .steps import TransformerSteps
from .tokens import TokenText
from .transformer import causal

PATH, REST = 96, 192  # bytes kept of these, as in server/prompt/around.ts


class Twin:
    """A trained twin. All texts are UTF-8 bytes."""

    def __init__(self, model: Transformer, text: TokenText):
        self.model, self.text, self.starts = model.eval(), text, {}

    @classmethod
    def load(cls, checkpoint: Path) -> "Twin":
        """From a checkpoint beside its tokenizer.json. Raises OSError and InputError that name the file."""
        model = load(checkpoint)
        text = reading(model.c, Path(checkpoint).parent)
        if not isinstance(model, Transformer) or not isinstance(text, TokenText):
            raise InputError(f"{checkpoint}: reads bytes, so it is no BPE twin")
        return cls(model, text)

    def bits(self, path: bytes, text: bytes) -> float:
        """Total bits of a file's bytes."""
        return self.text.bits(self.model, text, path)

    def prompt(self, path: bytes, prefix: bytes, rest: bytes, suffix: bytes, room: int) -> tuple[list[int], int]:
        """Tokens of a prompt that leave `room` tokens of the context free, and how many of them are the prefix's."""
        c, encode = self.model.c, self.text.encode
        longest = int(c.context * c.bytes_per_position)
        after = b"".join(self.text.bytes[t] for t in encode(clean(suffix[: longest // 4]))[: c.context // 4])
        head = encode(header(Prompt(clean(path[-PATH:]), b"", clean(rest[:REST]), after), 1))
        before = encode(clean(prefix[-2 * longest :]))
        before = before[max(0, len(before) - (c.context - len(head) - room)) :]
        return head + before, len(before)

    def starting_with(self, held: bytes) -> Tensor:
        """Which tokens' bytes start with `held`: bool [V]; ids that the tokenizer does not use are not."""
        if held not in self.starts:
            self.starts[held] = torch.zeros(self.model.c.vocab, dtype=torch.bool)
            self.starts[held][: len(self.text.bytes)] = torch.tensor([b.startswith(held) for b in self.text.bytes])
        return self.starts[held]

    @torch.no_grad()
    def span(
        self, path: bytes, prefix: bytes, rest: bytes, suffix: bytes, middle: bytes, healing: bool = False
    ) -> float:
        """Nats (a negative number) of `middle` between prefix and the rest of its line. Prompt and middle have tokens
        of their own. With healing the last token is taken back and stands before the middle; the probability is that of
        one way to cut both into tokens, over that of all first tokens that start with the taken-back bytes. Raises
        ValueError for a middle of more than half a context."""
        target, allowed = self.text.encode(clean(middle)), None
        if len(target) > self.model.c.context // 2:
            raise ValueError(f"middle has {len(target)} tokens, more than half a context")
        tokens, own = self.prompt(path, prefix, rest, suffix, len(target) + 2)
        if healing and own:
            held, last = self.text.bytes[tokens[-1]], tokens.pop()
            allowed, joint = self.starting_with(held), self.text.encode(held + clean(middle))
            # a cut inside `held` is not among the first tokens
            target = joint if joint and allowed[joint[0]] else [last] + target
        if not target:
            return 0.0
        x = torch.tensor([tokens + target])
        h = self.model.stack(self.model.inputs(x, torch.float32), torch.arange(x.shape[1]), causal)
        logps = self.model.logits(h[0, len(tokens) :]).log_softmax(-1)  # of the middle alone: the vocabulary is large
        nats = logps.gather(1, x[0, len(tokens) :, None]).sum()
        return (nats - (logps[0][allowed].logsumexp(-1) if allowed is not None else 0)).item()

    @torch.no_grad()
    def complete(
        self, path: bytes, prefix: bytes, rest: bytes, suffix: bytes, max_bytes: int, healing: bool = False
    ) -> bytes:
        """The most probable tokens one after the other, up to a line feed after text (not part of it), a sentinel, or
        `max_bytes`; whole UTF-8 characters."""
        tokens, own = self.prompt(path, prefix, rest, suffix, min(max_bytes, self.model.c.context // 8) + 1)
        held = self.text.bytes[tokens.pop()] if healing and own else b""
        decoder, allowed, out = TransformerSteps(self.model, 1), self.starting_with(held), bytearray()
        logits = decoder.extend(torch.tensor([tokens], dtype=torch.long))[0]
        while len(out) < len(held) + max_bytes and decoder.length <= self.model.c.context:
            token = int(logits.masked_fill(~allowed, -torch.inf).argmax())
            if token in self.text.sentinels:
                break
            out += self.text.bytes[token]
            if line(bytes(out[len(held) :])) is not None:
                break
            allowed = self.starting_with(b"")
            logits = decoder.extend(torch.tensor([[token]]))[0]
        text = bytes(out[len(held) :])
        return whole(text[: line(text)][:max_bytes])


def line(text: bytes) -> int | None:
    """Where the first line feed after text stands."""
    first = len(text) - len(text.lstrip())
    end = text.find(LF, first) if first < len(text) else -1
    return end if end >= 0 else None


def whole(text: bytes) -> bytes:
    """Valid UTF-8: without a last character that is cut, and bytes that stand alone."""
    return text.decode("utf-8", "ignore").encode()
