"""Files for tests, made on the spot: pictures by Pillow, films and sounds by ffmpeg."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import tempfile
import zlib
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

NAME = "Jean Dupont"
needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None and os.environ.get("CI") != "true",
    reason="ffmpeg is not installed (sudo apt-get install ffmpeg)",
)


def picture(width=64, height=48, *, mode="RGB") -> Image.Image:
    """Return a picture whose four corners can be told apart."""
    drawn = Image.new("RGB", (width, height), (200, 30, 30))
    drawn.paste((30, 30, 200), (width // 2, 0, width, height // 2))
    drawn.paste((30, 160, 30), (0, height // 2, width // 2, height))
    return drawn.convert(mode)


def encoded(drawn: Image.Image, format: str, **options) -> bytes:
    """Return a picture as a file."""
    if format == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    target = io.BytesIO()
    drawn.save(target, format, **options)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return the picture in a file, decoded."""
    read = Image.open(io.BytesIO(data))
    read.load()
    return read


def telling_jpeg(**options) -> bytes:
    """Return a JPEG that says in every way who is on it, and where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = f"{NAME}, ECG"
    exif[0x013B] = NAME
    exif[0x9286] = f"UNICODE\0{NAME}".encode()
    exif[0x927C] = b"MAKER " + NAME.encode()
    exif.get_ifd(0x8825)[2] = (45.0, 46.0, 12.5)
    plain = encoded(picture(), "JPEG", exif=exif, comment=NAME.encode(), **options)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + NAME.encode() + b"</x:xmpmeta>"
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(NAME)) + NAME.encode()
    return plain[:2] + _segment(0xE1, xmp) + _segment(0xED, iptc) + plain[2:]


def _segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def telling_png() -> bytes:
    """Return a PNG with texts about a patient."""
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", NAME)
    said.add_itxt("XML:com.adobe.xmp", f"<x>{NAME}</x>")
    return encoded(picture(), "PNG", pnginfo=said)


def announced_png(width: int, height: int) -> bytes:
    """Return a small PNG that says it is of some size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 4000))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def moving_gif(frames: int = 3, size: tuple[int, int] = (32, 24)) -> bytes:
    """Return a GIF that moves."""
    drawn = [Image.new("RGB", size, (n * 80 % 256, 0, 0)) for n in range(frames)]
    return encoded(drawn[0], "GIF", save_all=True, append_images=drawn[1:], duration=100, loop=0)


def long_gif(frames: int) -> bytes:
    """Return a GIF of very many frames of one pixel."""
    head = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    control = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"
    frame = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    return head + (control + frame) * frames + b";"


@cache
def film(*options: str, suffix: str = "mp4", size: str = "128x96", lasts: float = 1.0) -> bytes:
    """Return a film with a sound, made by ffmpeg with further options."""
    source = ("-f", "lavfi", "-i", f"testsrc=s={size}:r=10:d={lasts}")
    sound = ("-f", "lavfi", "-i", f"sine=d={lasts}")
    return _ffmpeg(*source, *sound, *options, suffix=suffix)


@cache
def sound(*options: str, suffix: str) -> bytes:
    """Return a sound of a second, with its performer's name."""
    said = ("-metadata", f"artist={NAME}", "-metadata", f"title={NAME}")
    return _ffmpeg("-f", "lavfi", "-i", "sine=d=1", *said, *options, suffix=suffix)


def _ffmpeg(*options: str, suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made.{suffix}"
        subprocess.run(["ffmpeg", "-v", "error", *options, str(path)], check=True)
        return path.read_bytes()


def turned(data: bytes, folder: Path) -> bytes:
    """Return a film that says that it is to be shown turned by a quarter."""
    plain, made = folder / "plain.mp4", folder / "turned.mov"
    plain.write_bytes(data)
    command = ["ffmpeg", "-v", "error", "-i", str(plain), "-c", "copy"]
    subprocess.run([*command, "-metadata:s:v", "rotate=90", str(made)], check=True)
    return made.read_bytes()
