"""Which files are taken, how large, and by which of their first bytes they are known (F01, F06)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

from core.settings import Settings
from media.models import MediaKind

# A film or a sound stands alone; of pictures and documents these many.
MAX_FILES, MAX_PICTURES = 4, 8
MAX_DESCRIPTION = 1500
# Where programs are looked for; the sandbox shows nothing else.
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
# Enough to tell what a file is.
HEAD_BYTES = 4096

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_IMAGES = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/heif",
)
_FILMS = ("video/mp4", "video/quicktime", "video/webm", "video/x-matroska")
_SOUNDS = (
    "audio/mpeg",
    "audio/mp3",
    "audio/ogg",
    "audio/flac",
    "audio/wav",
    "audio/x-wav",
    "audio/mp4",
    "audio/m4a",
    "audio/x-m4a",
    "audio/webm",
)


@dataclass(frozen=True, slots=True)
class FileType:
    """What the first bytes of a file say it is; `format` is what its reader calls it.

    `moves` tells of a picture that it may be more than one.
    """

    kind: MediaKind
    format: str
    moves: bool = False

    @property
    def is_picture(self) -> bool:
        """Whether it is read without ffmpeg."""
        return self.kind is MediaKind.IMAGE


@lru_cache(maxsize=1)
def has_ffmpeg() -> bool:
    """Tell whether films and sounds can be read here."""
    return all(shutil.which(name, path=PROGRAMS) for name in ("ffmpeg", "ffprobe"))


@lru_cache(maxsize=1)
def has_pdf() -> bool:
    """Tell whether documents can be read here."""
    return find_spec("pypdf") is not None


def supported_types() -> tuple[str, ...]:
    """Return the media types that a client may upload here, as this machine is."""
    films = (*_FILMS, *_SOUNDS) if has_ffmpeg() else ()
    return (*_IMAGES, *films, *(("application/pdf",) if has_pdf() else ()))


def is_taken(found: FileType | None) -> bool:
    """Tell whether a file of this type can be taken on this machine."""
    if found is None or found.is_picture:
        return found is not None
    return has_pdf() if found.kind is MediaKind.DOCUMENT else has_ffmpeg()


def max_bytes(settings: Settings, kind: MediaKind) -> int:
    """Return how large a file of a kind may be."""
    is_large = kind in {MediaKind.VIDEO, MediaKind.AUDIO}
    return settings.max_video_bytes if is_large else settings.max_image_bytes


def largest_upload(settings: Settings) -> int:
    """Return how large any file may be."""
    return max(settings.max_image_bytes, settings.max_video_bytes)


def recognise(head: bytes) -> FileType | None:
    """Tell what a file is by its first bytes, None for what is not taken.

    Neither its name nor what its sender calls it matters.
    """
    if len(head) < 24:
        return None
    if head.startswith(b"\xff\xd8\xff"):
        return FileType(MediaKind.IMAGE, "JPEG")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType(MediaKind.IMAGE, "PNG", moves=b"acTL" in head)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return FileType(MediaKind.IMAGE, "GIF", moves=True)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType(MediaKind.IMAGE, "WEBP", moves=head[12:16] == b"VP8X" and head[20] & 2 > 0)
    if head[4:8] == b"ftyp":
        return _of_brand(head)
    if head.startswith(b"%PDF-"):
        return FileType(MediaKind.DOCUMENT, "PDF")
    return _film_or_sound(head)


def _of_brand(head: bytes) -> FileType:
    size = min(int.from_bytes(head[:4], "big"), 64, len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
    if brands & _AVIF_BRANDS:
        return FileType(MediaKind.IMAGE, "AVIF", moves=b"avis" in brands)
    if brands & _HEIC_BRANDS:
        return FileType(MediaKind.IMAGE, "HEIF")
    kind = MediaKind.AUDIO if head[8:11] in {b"M4A", b"M4B"} else MediaKind.VIDEO
    return FileType(kind, "mov")


def _film_or_sound(head: bytes) -> FileType | None:
    if head[4:8] in {b"moov", b"mdat", b"wide"} and head[:4] != b"\0\0\0\0":
        # QuickTime as cameras wrote it before it had brands.
        return FileType(MediaKind.VIDEO, "mov")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return FileType(MediaKind.VIDEO, "matroska")
    if head.startswith(b"OggS"):
        return FileType(MediaKind.AUDIO, "ogg")
    if head.startswith(b"fLaC"):
        return FileType(MediaKind.AUDIO, "flac")
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return FileType(MediaKind.AUDIO, "wav")
    is_frame = head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    if head.startswith(b"ID3") or is_frame:
        return FileType(MediaKind.AUDIO, "mp3")
    return None
