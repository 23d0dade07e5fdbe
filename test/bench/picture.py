"""Puts the frames of test/bench/picture.ts together: `python picture.py FRAMES.json OUT.gif`."""

import json
import sys
from itertools import groupby
from pathlib import Path

from PIL import Image

COLOURS = 40

frames = [(Image.open(one["file"]).convert("RGB"), one["ms"]) for one in json.loads(Path(sys.argv[1]).read_text())]
# frames that look the same are one
shown = [list(same) for _, same in groupby(frames, key=lambda one: one[0].tobytes())]
widest = Image.new("RGB", (frames[0][0].width, sum(same[0][0].height for same in shown)))
for row, same in enumerate(shown):
    widest.paste(same[0][0], (0, row * same[0][0].height))
palette = widest.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)  # one for all, so that what stands stays still
images = [same[0][0].quantize(palette=palette, dither=Image.Dither.NONE) for same in shown]
times = [sum(ms for _, ms in same) for same in shown]
images[0].save(sys.argv[2], save_all=True, append_images=images[1:], duration=times, loop=0, optimize=True, disposal=1)
print(
    f"{sys.argv[2]}: {len(images)} frames, {sum(times) / 1000:.1f} s, {Path(sys.argv[2]).stat().st_size / 1000:.0f} kB"
)
