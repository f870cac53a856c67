"""Portraits for people without a photo: a head and shoulders in colours that follow from their id."""

import hashlib
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, UnidentifiedImageError

PHOTO_PX = 256
THUMBNAIL_PX = 120
PREVIEW_PX = 96
MAX_PIXELS = 40_000_000
THUMBNAIL_SUFFIX = ".thumb.jpg"


@lru_cache(maxsize=512)
def portrait(user_id: str, side_px: int) -> bytes:
    """A JPEG, square, always the same for the same person."""
    seed = hashlib.sha256(user_id.encode()).digest()
    hue, skin = seed[0] * 360 // 256, seed[1] % 4
    picture = Image.new("RGB", (side_px * 2, side_px * 2), f"hsl({hue}, 55%, 72%)")
    draw = ImageDraw.Draw(picture)
    unit = side_px * 2 / 100
    coat = f"hsl({(hue + 150) % 360}, 45%, 38%)"
    face = ("#f4d3b5", "#d9a877", "#a9754a", "#6f4a2f")[skin]
    draw.ellipse([18 * unit, 62 * unit, 82 * unit, 130 * unit], fill=coat)
    draw.rectangle([43 * unit, 52 * unit, 57 * unit, 68 * unit], fill=face)
    draw.ellipse([32 * unit, 18 * unit, 68 * unit, 62 * unit], fill=face)
    draw.pieslice([30 * unit, 14 * unit, 70 * unit, 58 * unit], 180, 360, fill=f"hsl({seed[2] % 50}, 40%, 22%)")
    return _jpeg(picture.resize((side_px, side_px), Image.Resampling.LANCZOS))


def thumbnail(content: bytes) -> bytes | None:
    """A JPEG of at most 120 by 120 pixels; None where the content is no picture that can be shown."""
    try:
        with Image.open(BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            picture.draft("RGB", (THUMBNAIL_PX * 2, THUMBNAIL_PX * 2))
            small = picture.convert("RGB")
            small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            return _jpeg(small)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def dimensions(content: bytes) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) of what is no picture."""
    try:
        with Image.open(BytesIO(content)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return 0, 0


def _jpeg(picture: Image.Image) -> bytes:
    made = BytesIO()
    picture.save(made, "JPEG", quality=82)
    return made.getvalue()
