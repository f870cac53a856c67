"""Pictures from elsewhere, decoded with care and made anew: what is passed on was written by this program.

Only common formats are tried, and only as many pixels as somebody's picture has; one picture at a time, away from the
event loop. What comes out is a JPEG without anything but the picture in it.
"""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from PIL import Image

from bot.wire import Value

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 8_000_000
MAX_SIDE = 6_000
SHOWN_SIDE = 1024
TINY_SIDE = 32

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow itself refuses twice as many before it looks at the first

_worker = ThreadPoolExecutor(1, "pictures")


class Picture(Value, frozen=True):
    """A JPEG, sizes in pixels; `thumbnail` is a tiny one in base64."""

    content: bytes
    width: int
    height: int
    thumbnail: str
    mime_type: str = "image/jpeg"


async def read_picture(content: bytes) -> Picture:
    """Decode a picture and make it anew.

    Raises:
        ValueError: It is none, or too large.
    """
    return await asyncio.get_running_loop().run_in_executor(_worker, made_anew, content)


def made_anew(content: bytes) -> Picture:
    """The same, at once."""
    if not 0 < len(content) <= MAX_BYTES:
        raise ValueError(f"a picture of {len(content)} bytes")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as found:
            width, height = found.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise ValueError(f"a picture of {width} × {height} pixels")
            found.draft("RGB", (SHOWN_SIDE, SHOWN_SIDE))
            picture = _flat(found)
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders fail in many ways, and what they say is the sender's
        raise ValueError(f"no picture ({type(error).__name__})") from None
    picture.info.clear()  # comments and profiles, which Pillow would write again
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    shown = _jpeg(picture, 85)
    tiny = picture.copy()
    tiny.thumbnail((TINY_SIDE, TINY_SIDE))
    return Picture(shown, *picture.size, base64.b64encode(_jpeg(tiny, 60)).decode())


def _flat(found: Image.Image) -> Image.Image:
    """The first frame, on white."""
    if found.mode in ("RGB", "L"):
        return found.convert("RGB")
    clear = found.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
