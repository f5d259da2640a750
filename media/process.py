"""One file made anew, in a process of its own: `python -m media.process FOLDER TASK FORMAT`.

Reads `in`, writes `main`, `preview` and `made.json` in the folder; nothing else is asked of it.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

from media.documents import make_document
from media.films import make_film_or_sound, make_moving
from media.moving import make_copy, may_move
from media.pictures import (
    AVATAR,
    HEADER,
    Refused,
    cropped,
    open_picture,
    save_picture,
    save_preview,
    upright,
)
from media.sandbox import FOR_FILMS, FOR_PICTURES, confine

# What may be asked for; "moving" is a picture that becomes a film where it moves, "copy" one that
# stays a picture.
TASKS = ("picture", "moving", "copy", "avatar", "header", "preview", "film", "document")
# What the server understands as "the disk is full".
FULL = 28
_FRAMES = {"avatar": AVATAR, "header": HEADER}


def main() -> None:
    """Do the task; what came of it, or why nothing did, stands in `made.json`."""
    folder, task, format = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    os.chdir(folder)
    os.umask(0o077)
    missing = confine(folder, FOR_FILMS if task in {"film", "moving"} else FOR_PICTURES)
    try:
        made = _make(Path("."), task, format)
    except Refused as refusal:
        made = {"refused": str(refusal)}
    except MemoryError:
        made = {"refused": "the file takes more memory than is given to it"}
    except OSError as error:
        sys.exit(FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else 1)
    Path("made.json").write_text(json.dumps(made | {"missing": missing}))


def _make(folder: Path, task: str, format: str) -> dict[str, Any]:
    if task == "film":
        return make_film_or_sound(folder, format)
    if task == "document":
        return make_document(folder)
    picture = open_picture(folder / "in", format)
    if task == "moving" and getattr(picture, "n_frames", 1) > 1:
        return make_moving(folder, picture)
    if task == "copy" and may_move(picture):
        return make_copy(folder, picture)
    plain = upright(picture)
    if task in _FRAMES:
        plain = cropped(plain, _FRAMES[task])
    made: dict[str, Any] = {"kind": "image"}
    if task != "preview":
        made |= save_picture(plain, folder, "main", format=format)
    return made | save_preview(plain, folder)


if __name__ == "__main__":
    main()
