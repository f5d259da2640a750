"""Films and sounds made anew by ffmpeg: known formats, few streams, no metadata (F07, F08).

Runs in the sandbox only; see `media/process.py`.
"""

from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.pictures import Refused, open_picture, save_preview, upright

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_DURATION_S = 3600.0
MAX_FRAME_RATE = 120
MAX_STREAMS = 8
MAX_FILM_PIXELS = 3840 * 2160
# What has to be encoded anew is made no larger than this.
ENCODED_PIXELS = 1280 * 720
MAX_MOVING_S = 60.0
MAX_MOVING_RATE = 30
# However many cores a machine has, its processes are counted and its memory is.
_FEW = ("-threads", "2")
_FFMPEG = (
    *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y"),
    *("-filter_threads", "1"),
)
_FILMS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg"})
_SOUNDS = frozenset({"aac", "mp3", "opus", "vorbis", "flac", "alac"})
# Nothing that a file says of itself, no chapters, no subtitles, no data.
_BARE = (
    *("-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-dn", "-sn"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
)
_H264 = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
    *(*_FEW, "-bsf:v", "filter_units=remove_types=6"),
)
_AAC = ("-c:a", "aac", "-b:a", "128k", "-ac", "2")


@dataclass(frozen=True, slots=True)
class Probe:
    """What is in a file: its best film and sound, as ffprobe tells of them."""

    duration_s: float | None
    film: Mapping[str, Any] | None
    sound: Mapping[str, Any] | None

    @property
    def frame_rate(self) -> float:
        """Frames a second, 0.0 where nobody knows."""
        film = self.film or {}
        return _ratio(film.get("avg_frame_rate")) or _ratio(film.get("r_frame_rate"))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as shown, after turning."""
        film = self.film or {}
        width, height = int(film.get("width") or 0), int(film.get("height") or 0)
        turned = [abs(int(side.get("rotation") or 0)) for side in film.get("side_data_list") or ()]
        return (height, width) if any(turn % 180 == 90 for turn in turned) else (width, height)


def make_film_or_sound(folder: Path, format: str) -> dict[str, Any]:
    """Make what is served of a film or a sound; raises Refused for what is not taken."""
    probe = _checked(_probe(folder / "in", format))
    if probe.film is not None:
        return _make_film(folder, format, probe)
    return _make_sound(folder, format, probe)


def make_moving(folder: Path, picture: Picture) -> dict[str, Any]:
    """Make a film without sound of a picture that moves: its frames, at an even pace."""
    width, height = _even(picture.size, ENCODED_PIXELS)
    frames = int(getattr(picture, "n_frames", 1))
    first = upright(picture.copy())
    pauses = _pauses(picture, frames)
    shortest = min(pauses)
    rate = max(1, min(MAX_MOVING_RATE, round(1 / shortest)))
    command = [
        *_FFMPEG,
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate)),
        *("-i", "pipe:0", *_H264, "-movflags", "+faststart", "-f", "mp4", "main"),
    ]
    encoder = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert encoder.stdin is not None
    left = int(MAX_MOVING_S * rate)
    for number, pause in enumerate(pauses):
        shown = min(max(1, round(pause * rate)), left)
        encoder.stdin.write(_frame(picture, number, (width, height)) * shown)
        left -= shown
        if left <= 0:
            break
    _, said = encoder.communicate()
    if encoder.returncode != 0:
        raise Refused("the moving picture cannot be read")
    made = _measured(folder / "main", "mov")
    return made | {"kind": "gifv", "mime": "video/mp4"} | save_preview(first, folder)


def _pauses(picture: Picture, frames: int) -> list[float]:
    pauses = []
    for number in range(frames):
        try:
            picture.seek(number)
        except Exception as error:
            raise Refused("the moving picture is damaged") from error
        pause = picture.info.get("duration") or 100
        # As browsers do: what asks for next to nothing gets a tenth of a second.
        pauses.append(pause / 1000 if pause > 10 else 0.1)
    return pauses


def _frame(picture: Picture, number: int, size: tuple[int, int]) -> bytes:
    from PIL import Image

    try:
        picture.seek(number)
        shown = picture.convert("RGBA").resize(size)
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("the moving picture is damaged") from error
    ground = Image.new("RGBA", size, (255, 255, 255, 255))
    ground.alpha_composite(shown)
    return ground.convert("RGB").tobytes()


def _make_film(folder: Path, format: str, probe: Probe) -> dict[str, Any]:
    film, sound = probe.film or {}, probe.sound
    is_kept = _is_kept(format, probe)
    width, height = _even(probe.size, ENCODED_PIXELS)
    video: tuple[str, ...] = ("-c:v", "copy", "-bsf:v", "filter_units=remove_types=6")
    if not is_kept:
        scaled = f"scale={width}:{height},setsar=1"
        video = ("-vf", scaled, "-fpsmax", "60", *_H264)
    audio: tuple[str, ...] = ("-an",)
    if sound is not None:
        copied = sound.get("codec_name") == "aac" and is_kept
        audio = ("-map", f"0:{sound['index']}", *(("-c:a", "copy") if copied else _AAC))
    _run(
        folder,
        (*_input(format), "-map", f"0:{film['index']}", *audio, *video, *_BARE),
        ("-t", str(MAX_DURATION_S), "-movflags", "+faststart", "-f", "mp4", "main"),
    )
    made = _measured(folder / "main", "mov")
    at = min(1.0, made["duration_s"] / 3)
    still = ("-f", "mov", *_LOCAL, *_FEW, "-ss", f"{at:.3f}", "-i", "main", "-map", "0:v:0")
    _run(folder, still, ("-frames:v", "1", "-c:v", "png", "-f", "image2", "still.png"))
    picture = upright(open_picture(folder / "still.png", "PNG"))
    return made | {"kind": "video", "mime": "video/mp4"} | save_preview(picture, folder)


def _is_kept(format: str, probe: Probe) -> bool:
    """Tell whether every client plays the film as it is."""
    film = probe.film or {}
    return (
        format == "mov"
        and film.get("codec_name") == "h264"
        and film.get("pix_fmt") in {"yuv420p", "yuvj420p"}
        and probe.duration_s is not None
    )


def _make_sound(folder: Path, format: str, probe: Probe) -> dict[str, Any]:
    sound = probe.sound
    if sound is None:
        raise Refused("the file has neither a film nor a sound")
    codec = sound.get("codec_name")
    picked = (*_input(format), "-map", f"0:{sound['index']}", "-vn", *_BARE)
    limit = ("-t", str(MAX_DURATION_S))
    if codec == "mp3" and format == "mp3":
        bare = ("-c:a", "copy", "-id3v2_version", "0", "-write_id3v1", "0")
        _run(folder, (*picked, *bare), (*limit, "-f", "mp3", "main"))
        made, mime = _measured(folder / "main", "mp3"), "audio/mpeg"
    else:
        encoded = ("-c:a", "copy") if codec == "aac" else _AAC
        _run(folder, (*picked, *encoded), (*limit, "-movflags", "+faststart", "-f", "mp4", "main"))
        made, mime = _measured(folder / "main", "mov"), "audio/mp4"
    kept = {name: made[name] for name in ("duration_s", "bitrate")}
    return kept | {"kind": "audio", "mime": mime}


_LOCAL = ("-protocol_whitelist", "file")


def _input(format: str) -> tuple[str, ...]:
    # The format is said, not guessed: a playlist is never read as one.
    return ("-f", format, *_LOCAL, *_FEW, "-max_streams", str(MAX_STREAMS), "-i", "in")


def _run(folder: Path, first: Sequence[str], last: Sequence[str]) -> None:
    done = subprocess.run([*_FFMPEG, *first, *last], cwd=folder, capture_output=True, check=False)
    if b"No space left" in done.stderr:
        raise OSError(errno.ENOSPC, "there is no room")
    if done.returncode != 0:
        raise Refused("the file is damaged, or of a kind that is not taken")


def _probe(path: Path, format: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-hide_banner", "-f", format, *_LOCAL]
    command += ["-max_streams", str(MAX_STREAMS), "-show_format", "-show_streams", "-of", "json"]
    done = subprocess.run(
        [*command, path.name], cwd=path.parent, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise Refused("the file is damaged, or has too many streams")
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def _checked(read: dict[str, Any]) -> Probe:
    """Return what is in a file; raises Refused where it is beyond the limits (F08)."""
    streams = read.get("streams", [])
    if len(streams) > MAX_STREAMS:
        raise Refused(f"a file of {len(streams)} streams is not taken")
    probe = Probe(
        duration_s=_seconds(read.get("format", {}).get("duration")),
        film=_first(streams, "video", _FILMS),
        sound=_first(streams, "audio", _SOUNDS),
    )
    if probe.duration_s is not None and not 0 < probe.duration_s <= MAX_DURATION_S:
        raise Refused(f"a file of {probe.duration_s:.0f} seconds is not taken")
    if probe.film is not None:
        width, height = probe.size
        if not 0 < width * height <= MAX_FILM_PIXELS:
            raise Refused(f"a film of {width}x{height} pixels is not taken")
        if not 0 < probe.frame_rate <= MAX_FRAME_RATE:
            raise Refused(f"a film of {probe.frame_rate:.0f} frames a second is not taken")
    return probe


def _first(
    streams: Sequence[Mapping[str, Any]], kind: str, codecs: frozenset[str]
) -> Mapping[str, Any] | None:
    for stream in streams:
        is_cover = (stream.get("disposition") or {}).get("attached_pic")
        if stream.get("codec_type") != kind or is_cover:
            continue
        codec = str(stream.get("codec_name"))
        if codec not in codecs and not (kind == "audio" and codec.startswith("pcm_")):
            raise Refused(f"{kind} in {codec[:20]} is not taken")
        return stream
    return None


def _measured(path: Path, format: str) -> dict[str, Any]:
    """Tell what was made: its seconds, size, frame rate and bitrate; raises Refused for nothing."""
    probe = _checked(read := _probe(path, format))
    if not probe.duration_s:
        raise Refused("the file lasts no time")
    width, height = probe.size
    return {
        "duration_s": round(probe.duration_s, 3),
        "width": width or None,
        "height": height or None,
        "frame_rate": round(probe.frame_rate, 3) or None,
        "bitrate": int(read["format"].get("bit_rate") or 0) or None,
    }


def _even(size: tuple[int, int], area: int) -> tuple[int, int]:
    """Return a size within an area, both numbers even, as H.264 wants them."""
    width, height = size
    scale = min(1.0, (area / (width * height)) ** 0.5)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _seconds(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _ratio(value: Any) -> float:
    try:
        return float(Fraction(str(value)))
    except (ValueError, ZeroDivisionError):
        return 0.0
