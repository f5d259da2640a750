"""Pictures of other hosts that move, and are shown as pictures: made anew, frame by frame.

Runs in the sandbox only; see `media/process.py`. What people upload here becomes a film instead;
emojis and portraits cannot.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.pictures import Refused, save_preview

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# All frames together; of what is larger only the first is kept.
MAX_PIXELS = 24_000_000
_SHORTEST_MS, _USUAL_MS, _LONGEST_MS = 20, 100, 60_000


def may_move(picture: Picture) -> bool:
    """Tell whether a picture moves, and is small enough to be kept so."""
    frames = int(getattr(picture, "n_frames", 1))
    return 1 < frames and picture.width * picture.height * frames <= MAX_PIXELS


def make_copy(folder: Path, picture: Picture) -> dict[str, Any]:
    """Write a moving picture as one, and a small still of it; raises Refused for a damaged one."""
    try:
        frames, pauses = _frames(picture)
        frames[0].save(
            folder / "main", "WEBP", save_all=True, append_images=frames[1:], duration=pauses,
            loop=0, quality=80, method=0,
        )  # fmt: skip
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("the picture is damaged") from error
    width, height = picture.size
    made = {"kind": "image", "mime": "image/webp", "width": width, "height": height}
    return made | save_preview(frames[0], folder)


def _frames(picture: Picture) -> tuple[list[Picture], list[int]]:
    frames, pauses = [], []
    for number in range(int(getattr(picture, "n_frames", 1))):
        picture.seek(number)
        frame = picture.convert("RGBA")
        frame.info = {}
        frames.append(frame)
        pauses.append(_pause(picture.info.get("duration")))
    return frames, pauses


def _pause(said: Any) -> int:
    # As every browser has it: what says next to nothing is shown at the usual pace.
    if not isinstance(said, int | float) or not said >= _SHORTEST_MS:
        return _USUAL_MS
    return int(min(said, _LONGEST_MS))
