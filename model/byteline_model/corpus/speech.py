"""Makes speech of a packed corpus's prose with espeak-ng, a wav for each few sentences:

    python -m byteline_model.corpus.speech CORPUS OUT --minutes 75

Voices take turns. The wavs lie in OUT/<voice>/; a run that was interrupted goes on where it stopped, and the same
corpus makes the same speech.
"""

import argparse
import random
import re
import shutil
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..errors import InputError, command
from .pack import Corpus

# accents of English, with the variants of a voice
VOICES = ("en-us", "en-gb+f2", "en-gb-scotland+m3", "en-us+f4", "en-gb-x-rp", "en-029+m7", "en-gb+m1", "en-us+f5")
SENTENCE = re.compile(r"(?<=[.!?] )[A-Z][a-z]*(?: [A-Za-z]+[,;]?){6,40}[.!?](?= )")
AT_ONCE = 3  # sentences in a recording


def sentences(corpus: Corpus, seed: int = 1):
    """Plain sentences of the documents in a random order, a few of each document, none twice."""
    rng, seen = random.Random(seed), set()
    order = list(range(len(corpus)))
    rng.shuffle(order)
    for i in order:
        text = " ".join(corpus.text(i).decode().split())
        found = [s for s in dict.fromkeys(SENTENCE.findall(text)) if s not in seen]
        found = rng.sample(found, min(AT_ONCE, len(found)))
        if len(found) == AT_ONCE:
            seen.update(found)
            yield " ".join(found)


def speak(text: str, voice: str, file: Path) -> float:
    """Writes a wav, unless it is there, and returns its seconds. Raises InputError where espeak-ng fails."""
    if not file.exists():
        part = file.with_suffix(".part")
        done = subprocess.run(["espeak-ng", "-v", voice, "-w", str(part)], input=text.encode(), capture_output=True)
        if done.returncode or not part.exists():
            raise InputError(f"espeak-ng -v {voice}: {done.stderr.decode(errors='replace').strip()}")
        part.replace(file)
    with wave.open(str(file)) as sound:
        return sound.getnframes() / sound.getframerate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="folder of a packed corpus of prose: its training split is read")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=75)
    a = parser.parse_args()
    if not shutil.which("espeak-ng"):
        raise InputError("speech needs the program espeak-ng")
    for voice in VOICES:
        (a.out / voice).mkdir(parents=True, exist_ok=True)
    spoken, n, texts = 0.0, 0, sentences(Corpus(a.corpus, "train"))
    with ThreadPoolExecutor(2) as pool:
        while spoken < a.minutes * 60:
            jobs = []
            for voice, text in zip(VOICES, texts):
                jobs.append(pool.submit(speak, text, voice, a.out / voice / f"{n:04}.wav"))
                n += 1
            if not jobs:
                break
            spoken += sum(job.result() for job in jobs)
    print(f"{n} recordings, {spoken / 60:.1f} minutes in {a.out}")


if __name__ == "__main__":
    command(main)
