"""Pictures as bytes: square RGB tiles, in the patch scan or the raster scan of MEGABYTE (arXiv 2305.07185, section 6
and appendix D.1)."""

import io

import numpy as np

from ..errors import InputError
from .filters import Dropped

ENDINGS = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "ppm", "avif", "jp2")
TILES = 8  # tiles along the shorter edge, at most: a power of two


def library():
    """Pillow's `Image` and `ImageOps`. Raises InputError where it is not installed."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise InputError("pictures need the package Pillow (model/requirements.txt)") from None
    return Image, ImageOps


def check(side: int, block: int) -> None:
    """Raises InputError where blocks of `block` x `block` pixels do not fill a picture of `side` x `side`."""
    if side < 1 or block < 0 or (block and side % block):
        raise InputError(f"pictures: a block of {block} pixels does not divide a side of {side}")


def scan(picture: np.ndarray, block: int) -> bytes:
    """uint8 [side, side, 3] -> 3 * side**2 bytes. Blocks of `block` x `block` pixels are read in raster order, and so
    are the pixels in each, red, green and blue; block 0 reads the whole picture in raster order."""
    side = picture.shape[0]
    if not block:
        return picture.tobytes()
    n = side // block
    # [rows of blocks, rows in a block, columns of blocks, columns in a block, 3]
    return picture.reshape(n, block, n, block, 3).transpose(0, 2, 1, 3, 4).tobytes()


def unscan(data: bytes, side: int, block: int) -> np.ndarray:
    """The inverse of `scan`: 3 * side**2 bytes -> uint8 [side, side, 3]. Raises InputError for another length."""
    if len(data) != 3 * side**2:
        raise InputError(f"a picture of {side} x {side} has {3 * side**2} bytes, not {len(data)}")
    flat = np.frombuffer(data, np.uint8)
    if not block:
        return flat.reshape(side, side, 3).copy()
    n = side // block
    return flat.reshape(n, n, block, block, 3).transpose(0, 2, 1, 3, 4).reshape(side, side, 3)


def tiles(raw: bytes, side: int) -> list[tuple[str, np.ndarray]]:
    """("row,column", uint8 [side, side, 3]) of each tile of a picture file. Its shorter edge is scaled down to TILES
    tiles, or the largest smaller power of two that it has pixels for; of the longer one the whole tiles in the middle
    are taken. So packs of several sides show the same parts of a picture. Raises Dropped with the reason."""
    Image, ImageOps = library()
    try:
        with Image.open(io.BytesIO(raw)) as file:
            picture = ImageOps.exif_transpose(file).convert("RGB")
    except Image.DecompressionBombError:
        raise Dropped("size") from None
    except Exception as error:  # broken files raise whatever the decoder stumbles on
        unknown = isinstance(error, Image.UnidentifiedImageError)
        raise Dropped("unknown picture" if unknown else "broken picture") from None
    short = min(picture.size)
    if short < side:
        raise Dropped("smaller than a tile")
    count = min(TILES, 1 << (short // side).bit_length() - 1)
    scaled = tuple(max(count * side, round(edge * count * side / short)) for edge in picture.size)
    if scaled != picture.size:
        picture = picture.resize(scaled, Image.Resampling.LANCZOS)
    pixels = np.asarray(picture)  # [height, width, 3]
    rows, columns = (edge // side for edge in pixels.shape[:2])
    top, left = ((edge - n * side) // 2 for edge, n in zip(pixels.shape[:2], (rows, columns)))
    return [
        (f"{r},{c}", pixels[top + r * side : top + (r + 1) * side, left + c * side : left + (c + 1) * side])
        for r in range(rows)
        for c in range(columns)
    ]
