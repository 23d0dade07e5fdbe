"""Draws from a checkpoint of train.py, of any kind of network: prose or code, a picture, a sound.

    python -m byteline_model.sample RUN/last.pt --prompt "The " [--path story.txt] [--bytes 1000]
    python -m byteline_model.sample RUN/last.pt --out sheet.png --count 16
    python -m byteline_model.sample RUN/last.pt --out halves.png --complete picture.jpg --count 4
    python -m byteline_model.sample RUN/last.pt --out halves.png --corpus DIR --document 0 1 2 3
    python -m byteline_model.sample RUN/last.pt --out sound.wav --play

With --complete or --document the first half is given and the rest drawn: a row of a picture's sheet has the original,
what is given, and --count drawings. A text is drawn until the network ends it, or --bytes; a sound has four seconds
unless --bytes says another number (a byte a frame). What is longer than the network's context is drawn in windows that
overlap by half, as its bits are counted.
"""

import argparse
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import utf8
from .corpus import pictures, sound
from .corpus.pack import Corpus
from .errors import InputError, command
from .evaluate import load, modality_of
from .presets import Network
from .reading import reading
from .sequence import EOM, clean, plain
from .steps import steps_of
from .tokens import TokenText

Pick = Callable[[Tensor], Tensor]  # logits [B, V] -> what is drawn, int64 [B]
SECONDS = 4  # of a sound, unless something else is said
SEEN = 128  # pixels of a picture's side on a sheet, at least


def nucleus(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Probabilities [B, V] of the fewest units whose sum reaches `top_p` (Holtzman et al. 2020, arXiv 1904.09751)."""
    p, order = (logits.double() / temperature).softmax(-1).sort(-1, descending=True)
    p = p * (p.cumsum(-1) - p < top_p)
    return torch.zeros_like(p).scatter(-1, order, p / p.sum(-1, keepdim=True))


def picker(temperature: float = 1, top_p: float = 0.95, seed: int = 1) -> Pick:
    """Draws by `nucleus`. Raises InputError for a setting out of its range."""
    if not temperature > 0:
        raise InputError(f"--temperature {temperature}: more than 0 is expected")
    if not 0 < top_p <= 1:
        raise InputError(f"--top-p {top_p}: more than 0 and at most 1 is expected")
    generator = torch.Generator().manual_seed(seed)
    return lambda logits: torch.multinomial(nucleus(logits, temperature, top_p), 1, generator=generator)[:, 0]


def drawn(model: Network, given: Tensor, pick: Pick, head: list[int] | None = None) -> Iterator[Tensor]:
    """What `pick` takes after `given` int64 [B, n], one after the other, for ever: int64 [B] each. `head` stands at the
    start of every window, a multiple of the patch. A window holds what bits.windows has in it."""
    head = head or []
    rows, P = given.shape[0], model.c.patch
    room = (model.c.context - len(head)) // (2 * P) * 2 * P
    if room <= 0:
        raise InputError(f"--path: its header of {len(head)} leaves no room in a context of {model.c.context}")
    before, half = torch.tensor(head, dtype=torch.long).expand(rows, -1), room // 2
    text, steps, begun = given, steps_of(model, rows), -1
    while True:
        n = text.shape[1]
        start = 0 if n < room else (n - room) // half * half + half
        if start == begun:
            logits = steps.extend(text[:, -1:])
        else:
            steps, begun = steps_of(model, rows), start
            logits = steps.extend(torch.cat((before, text[:, start:]), 1))
        text = torch.cat((text, pick(logits)[:, None]), 1)
        yield text[:, -1]


def raw(model: Network, given: list[bytes], size: int, pick: Pick) -> list[bytes]:
    """Documents of `size` bytes that begin with those of `given`, all of one length."""
    x = torch.tensor([list(begin) for begin in given], dtype=torch.long).view(len(given), -1)
    more = zip(range(size - x.shape[1]), drawn(model, x, pick))
    tails = torch.stack([byte for _, byte in more], 1) if x.shape[1] < size else x[:, :0]
    return [begin + bytes(tail.tolist()) for begin, tail in zip(given, tails)]


def text(model: Network, units: list[bytes], head: list[int], prompt: list[int], size: int, pick: Pick) -> bytes:
    """What follows a prompt: valid UTF-8, `size` bytes, or fewer where the network ends it. `units`: the bytes of each
    number that the network reads."""
    follow, masks = (torch.from_numpy(table) for table in utf8.over(units))
    state = utf8.state_after(b"".join(units[unit] for unit in prompt))
    out = bytearray()

    def valid(logits: Tensor) -> Tensor:
        logits = logits[:, : len(units)] + masks[state]
        return pick(logits)

    for unit in drawn(model, torch.tensor([prompt], dtype=torch.long), valid, head):
        piece = units[int(unit)]
        if piece[0] == EOM or len(out) + len(piece) > size:
            break
        out += piece
        state = int(follow[state, int(unit)])
    return out.decode("utf-8", "ignore").encode()  # without a last character that is cut


def sheet(rows: list[list[np.ndarray]]) -> np.ndarray:
    """Pictures uint8 [side, side, 3] in rows on grey, magnified by a whole number: uint8 [height, width, 3]."""
    side = rows[0][0].shape[0]
    scale = math.ceil(SEEN / side)
    cell = side * scale + 4
    out = np.full((len(rows) * cell + 4, max(map(len, rows)) * cell + 4, 3), 128, np.uint8)
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            large = picture.repeat(scale, 0).repeat(scale, 1)
            out[r * cell + 4 : (r + 1) * cell, c * cell + 4 : (c + 1) * cell] = large
    return out


def squared(file: Path, side: int) -> np.ndarray:
    """The middle square of a picture file, scaled: uint8 [side, side, 3]. Raises InputError with the file's name."""
    Image, ImageOps = pictures.library()
    try:
        with Image.open(file) as picture:
            fitted = ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGB"), (side, side))
    except Image.UnidentifiedImageError:
        raise InputError(f"{file}: no picture that Pillow reads") from None
    return np.asarray(fitted)


def save_picture(file: Path, picture: np.ndarray) -> None:
    """A PNG, or what the file's ending says. Raises InputError for an ending that is no picture's."""
    Image, _ = pictures.library()
    try:
        Image.fromarray(picture).save(file)
    except ValueError:
        raise InputError(f"--out {file}: an ending like .png is expected") from None


def play(file: Path) -> None:
    """With the first player that there is. Raises InputError for none."""
    for player in (["aplay", "-q"], ["ffplay", "-autoexit", "-nodisp", "-loglevel", "error"], ["afplay"]):
        if shutil.which(player[0]):
            if subprocess.run([*player, str(file)]).returncode:
                raise InputError(f"--play: {player[0]} failed; the sound is in {file}")
            return
    raise InputError(f"--play: no aplay, ffplay or afplay here; the sound is in {file}")


def originals(a: argparse.Namespace, modality: dict) -> list[bytes]:
    """The documents to complete, of this modality; [] where none is named."""
    if a.complete:
        if modality["kind"] == "pictures":
            return [pictures.scan(squared(a.complete, modality["side"]), modality["block"])]
        try:
            return [sound.recording(a.complete.read_bytes(), modality["rate"])]
        except sound.Dropped as reason:
            raise InputError(f"{a.complete}: {reason}") from None
    if not a.corpus:
        return []
    corpus = Corpus(a.corpus, "valid")
    if corpus.modality != modality:
        raise InputError(f"{a.corpus}: holds {corpus.modality}, but the network reads {modality}")
    if wrong := [i for i in a.document if not 0 <= i < len(corpus)]:
        raise InputError(f"--document {wrong[0]}: {a.corpus} has {len(corpus)} documents")
    return [corpus.text(i) for i in a.document]


def draw_pictures(a: argparse.Namespace, model: Network, modality: dict, pick: Pick) -> None:
    """Writes a sheet."""
    side, block, whole = modality["side"], modality["block"], originals(a, modality)
    size = 3 * side * side
    if a.bytes:
        raise InputError(f"--bytes: a picture has {size}")
    shown = lambda data: pictures.unscan(data, side, block)
    # a whole row of blocks is a whole number of rows of pixels
    known = side // 2 // max(1, block) * max(1, block) * side * 3
    given = [document[:known] for document in whole for _ in range(a.count)] or [b""] * a.count
    new = [shown(data) for data in raw(model, given, size, pick)]
    if whole:
        grey = bytes([128]) * (size - known)
        rows = [
            [shown(document), shown(document[:known] + grey), *new[i * a.count : (i + 1) * a.count]]
            for i, document in enumerate(whole)
        ]
    else:
        columns = math.ceil(a.count**0.5)
        rows = [new[i : i + columns] for i in range(0, a.count, columns)]
    save_picture(a.out, sheet(rows))


def draw_sound(a: argparse.Namespace, model: Network, modality: dict, pick: Pick) -> None:
    """Writes a wav file, and beside it the original of one that is completed."""
    rate, whole = modality["rate"], originals(a, modality)
    if len(whole) > 1 or a.count > 1:
        raise InputError("--count and several documents are for pictures")
    size = a.bytes or SECONDS * rate
    given = b""
    if whole:
        original = whole[0][:size]
        size, given = len(original), original[: len(original) // 2]
        sound.write_wav(a.out.with_name(f"{a.out.stem}-original.wav"), original, rate)
    sound.write_wav(a.out, raw(model, [given], size, pick)[0], rate)
    if a.play:
        play(a.out)


def draw_text(a: argparse.Namespace, model: Network, pick: Pick) -> None:
    """Prints, or writes, the prompt and what follows it."""
    if a.count > 1 or a.complete or a.corpus:
        raise InputError("a text is drawn after --prompt; --count, --complete and --document are for other networks")
    how = reading(model.c, a.checkpoint.parent)
    path, prompt = clean(a.path.encode()), clean(a.prompt.encode())
    units, encode = [bytes([b]) for b in range(256)], list
    if isinstance(how, TokenText):
        units, encode = how.bytes, how.encode
    head = encode(plain(path, model.c.patch))
    new = prompt + text(model, units, head, encode(prompt), a.bytes or 1000, pick)
    if a.out:
        a.out.write_bytes(new)
    else:
        sys.stdout.buffer.write(new + b"\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, help="a picture's .png, a sound's .wav; a text is printed without it")
    parser.add_argument("--bytes", type=int, help="how long: of a text 1000 at most, of a sound four seconds")
    parser.add_argument("--temperature", type=float, default=1)
    parser.add_argument("--top-p", type=float, help="default: 0.95; of a sound 1, with less a silence has no end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prompt", default="", help="how a text begins")
    parser.add_argument("--path", default="text.txt", help="the name that a text's header has (%(default)s)")
    parser.add_argument("--count", type=int, default=1, help="pictures, or completions of each")
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--complete", type=Path, metavar="FILE", help="a picture or a sound whose first half is given")
    given.add_argument("--corpus", type=Path, metavar="DIR", help="packed validation corpus with documents to complete")
    parser.add_argument("--document", type=int, nargs="+", default=[0], help="their numbers in it")
    parser.add_argument("--play", action="store_true", help="plays a sound with aplay, ffplay or afplay")
    a = parser.parse_args()
    for name in ("bytes", "count"):
        if getattr(a, name) is not None and getattr(a, name) < 1:
            raise InputError(f"--{name} {getattr(a, name)}: 1 or more is expected")
    model, modality = load(a.checkpoint), modality_of(a.checkpoint)
    sounds = bool(modality) and modality["kind"] == "sound"
    pick = picker(a.temperature, (1 if sounds else 0.95) if a.top_p is None else a.top_p, a.seed)
    if a.play and not sounds:
        raise InputError("--play: only a network of sound can be heard")
    if not modality:
        return draw_text(a, model, pick)
    if a.prompt:
        raise InputError(f"--prompt: this network knows {modality['kind']}, no text")
    if not a.out:
        raise InputError("--out FILE: where the picture or the sound goes")
    draw_sound(a, model, modality, pick) if sounds else draw_pictures(a, model, modality, pick)


if __name__ == "__main__":
    command(main)
