"""Pictures from elsewhere: made anew, or refused before they cost anything."""

import base64
import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from PIL import Image

from bot.pictures import MAX_BYTES, made_anew, read_picture


def written(kind: str, size: tuple[int, int] = (256, 200), mode: str = "RGB", **options: object) -> bytes:
    content = BytesIO()
    Image.new(mode, size, "red" if mode != "P" else 1).save(content, kind, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"),
                       ("GIF", "P")]
)  # fmt: skip
async def test_common_pictures_become_a_jpeg(kind: str, mode: str) -> None:
    """Whatever it was, it is a plain JPEG of the same size, with a tiny one beside it."""
    picture = await read_picture(written(kind, mode=mode))

    with (
        Image.open(BytesIO(picture.content)) as shown,
        Image.open(BytesIO(base64.b64decode(picture.thumbnail))) as tiny,
    ):
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (256, 200))
        assert (tiny.format, max(tiny.size)) == ("JPEG", 32)
    assert (picture.width, picture.height, picture.mime_type) == (256, 200, "image/jpeg")
    assert len(picture.thumbnail) < 2000


def test_nothing_but_the_picture_is_passed_on() -> None:
    """Comments, places and whatever else the file carried stay behind; large pictures are made smaller."""
    exif = Image.Exif()
    exif[0x010E] = "canary in the description"
    picture = made_anew(written("JPEG", (3000, 2000), exif=exif, comment=b"canary") + b"canary behind the end")

    assert b"canary" not in picture.content
    assert (picture.width, picture.height) == (1024, 683)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says to be so large, and has a little of it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100_000)))


REFUSED = {
    "nothing": b"",
    "text": b"not a picture",
    "too many bytes": bytes(MAX_BYTES + 1),
    "cut off": written("PNG", (500, 500))[:-200],
    "only a head": written("JPEG")[:20],
    "a bomb": bomb(50_000, 50_000),
    "a long bomb": bomb(1_000_000, 2),
    "a little too large": bomb(4_000, 3_000),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "bmp": written("BMP"),
    "tiff": written("TIFF"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_T30_what_is_no_proper_picture_is_refused(content: bytes) -> None:
    """Bombs, other formats, damaged files: one kind of error, and no memory to speak of."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="picture"):
            made_anew(content)
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
    finally:
        tracemalloc.stop()
