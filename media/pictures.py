"""Pictures made anew: decoded within limits, upright, in sRGB, and nothing else kept of them.

Runs in the sandbox only; see `media/process.py`.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_PIXELS = 40_000_000
MAX_FRAMES = 300
# All frames of something that moves, taken together.
MAX_MOVING_PIXELS = 600_000_000
# What is served is no larger than this (3840 x 2160), and its preview than that.
SERVED_AREA = 8_294_400
PREVIEW_AREA = 640 * 360
AVATAR, HEADER = (400, 400), (1500, 500)
MAX_PROFILE_BYTES = 2 * 1024 * 1024
THREADS = 2
# A photograph kept without loss would be larger than this.
MAX_LOSSLESS_BYTES = 4 * 1024 * 1024
_SWAPPED = frozenset({5, 6, 7, 8})


class Refused(Exception):
    """A file that is not taken; the text is shown to who sent it."""


def open_picture(path: Path, format: str) -> Picture:
    """Open a picture as one of a format, and as no other; nothing is decoded yet.

    Raises Refused for what is none, and for what is larger or longer than the limits (F04).
    """
    from PIL import AvifImagePlugin, Image

    if format == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        pillow_heif.options.DECODE_THREADS = THREADS
    # Not one for each core of the machine: they are counted, and so is their memory.
    AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS
    # Our own limit is below the one at which Pillow begins to warn.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        picture = Image.open(path, formats=[format])
        width, height = picture.size
        frames = int(getattr(picture, "n_frames", 1))
    except Exception as error:
        raise Refused("the picture cannot be read") from error
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise Refused(f"a picture of {width}x{height} pixels is too large")
    if frames > MAX_FRAMES or (frames > 1 and width * height * frames > MAX_MOVING_PIXELS):
        raise Refused(f"a moving picture of {frames} frames is too long")
    return picture


def upright(picture: Picture, *, area: int = SERVED_AREA) -> Picture:
    """Decode a picture: not larger than an area, upright, 8 bits, in sRGB, without its metadata."""
    try:
        orientation = _orientation(picture)
        width, height = _within(picture.size, area)
        # A JPEG is decoded at half its size, a quarter … where that is enough.
        picture.draft(picture.mode, (width, height))
        picture.load()
        profile = picture.info.get("icc_profile")
        plain = _in_eight_bits(picture)
        if plain.size != (width, height):
            plain = plain.resize((width, height), reducing_gap=2.0)
        plain = _in_srgb(plain, profile)
        turned = _turned(plain, orientation)
    except Refused:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("the picture is damaged") from error
    turned.info = {}
    return turned


def save_picture(picture: Picture, folder: Path, name: str, *, format: str) -> dict[str, Any]:
    """Write a picture that has no metadata; tell its type and its size.

    JPEG stays JPEG and WebP WebP; what was drawn stays without loss, unless that is far too large.
    """
    encoded, mime = _encoded(picture, format)
    (folder / name).write_bytes(encoded)
    width, height = picture.size
    return {"mime": mime, "width": width, "height": height}


def save_preview(picture: Picture, folder: Path) -> dict[str, Any]:
    """Write the small picture, and tell its size and the blurhash of both."""
    import blurhash

    small = picture.resize(_within(picture.size, PREVIEW_AREA), reducing_gap=2.0)
    small.info = {}
    saved = save_picture(small, folder, "preview", format="JPEG")
    dot = small.convert("RGB").resize(_within(small.size, 32 * 32))
    pixels = list(dot.getdata())
    rows = [pixels[at : at + dot.width] for at in range(0, len(pixels), dot.width)]
    return {
        "preview_mime": saved["mime"],
        "preview_width": saved["width"],
        "preview_height": saved["height"],
        "blurhash": blurhash.encode(rows, 4, 3),
    }


def cropped(picture: Picture, frame: tuple[int, int]) -> Picture:
    """Cut a picture to the shape of a frame, around its middle, and no larger than that."""
    from PIL import ImageOps

    wide, high = frame
    scale = min(1.0, picture.width / wide, picture.height / high)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    cut = ImageOps.fit(picture, size)
    cut.info = {}
    return cut


def _within(size: tuple[int, int], area: int) -> tuple[int, int]:
    width, height = size
    scale = min(1.0, (area / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _orientation(picture: Picture) -> int:
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:
        # Who cannot be read does not say how it lies either.
        return 1


def _turned(picture: Picture, orientation: int) -> Picture:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def _in_eight_bits(picture: Picture) -> Picture:
    """Return L, RGB, RGBA or CMYK."""
    mode = picture.mode
    if mode in {"L", "RGB", "RGBA", "CMYK"}:
        is_clear = mode in {"L", "RGB"} and "transparency" in picture.info
        return picture.convert("RGBA") if is_clear else picture
    if mode.startswith("I"):
        # 16 bits of grey, as radiographs have.
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if mode in {"LA", "La", "PA", "RGBa"} or (mode == "P" and "transparency" in picture.info):
        return picture.convert("RGBA")
    return picture.convert("L" if mode == "1" else "RGB")


def _in_srgb(picture: Picture, profile: bytes | None) -> Picture:
    from PIL import ImageCms

    if profile and picture.mode in {"RGB", "RGBA", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            mode = "RGBA" if picture.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(picture, source, target, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            # A profile that makes no sense says nothing: the colours stay as they are.
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _encoded(picture: Picture, format: str) -> tuple[bytes, str]:
    is_clear = picture.mode == "RGBA"
    if format == "WEBP" or (is_clear and format in {"JPEG", "AVIF", "HEIF"}):
        return _bytes(picture, "WEBP", quality=88, method=3), "image/webp"
    if format in {"PNG", "GIF"}:
        lossless = _bytes(picture, "PNG")
        if is_clear or len(lossless) <= MAX_LOSSLESS_BYTES:
            return lossless, "image/png"
    return _bytes(picture, "JPEG", quality=88, progressive=True), "image/jpeg"


def _bytes(picture: Picture, format: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, format, **options)
    return target.getvalue()
