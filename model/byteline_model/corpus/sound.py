"""Sound as bytes: mono, unsigned 8-bit linear PCM at a fixed rate."""

import io
import math
import wave
from pathlib import Path

import numpy as np

from ..errors import InputError
from .filters import Dropped

ENDINGS = ("wav", "ogg", "oga", "flac", "opus", "mp3", "aiff", "aif", "au", "gsm")
SHORTEST = 0.1  # seconds


def libraries():
    """soundfile, and scipy's `resample_poly`. Raises InputError where one is not installed."""
    try:
        import soundfile
    except (ImportError, OSError):  # OSError: the package is there, its libsndfile is not
        raise InputError("sound needs the package soundfile (model/requirements-dev.txt)") from None
    try:
        from scipy.signal import resample_poly
    except ImportError:
        raise InputError("sound needs the package scipy (model/requirements.txt)") from None
    return soundfile, resample_poly


def recording(raw: bytes, rate: int) -> bytes:
    """A sound file's bytes at `rate` frames a second, a byte each: channels averaged, resampled, the peak at full
    scale. Raises Dropped with the reason."""
    soundfile, resample_poly = libraries()
    try:
        frames, own_rate = soundfile.read(io.BytesIO(raw), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError):
        raise Dropped("broken sound") from None
    mono = np.nan_to_num(frames).mean(1)
    if len(mono) < SHORTEST * own_rate:
        raise Dropped("size")
    if own_rate != rate:
        common = math.gcd(own_rate, rate)
        mono = resample_poly(mono, rate // common, own_rate // common)
    peak = float(np.abs(mono).max())
    if peak < 1e-4:
        raise Dropped("silence")
    return np.clip(np.round(mono / peak * 128) + 128, 0, 255).astype(np.uint8).tobytes()


def write_wav(file: Path, data: bytes, rate: int) -> None:
    """The inverse: bytes of `recording` as a wav file (8 bits are unsigned there, too)."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(rate)
        out.writeframes(data)
