"""Take the pictures of docs/interface.md from those that the browser's walk made."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
MADE, SHOWN = ROOT / "var" / "screenshots", ROOT / "docs" / "interface"
# Which picture of the walk becomes which of the page, and how much of its height is shown.
PICTURES = {
    "doctor-home-360-light-fr": ("home-phone", 760),
    "doctor-compose-360-light-fr": ("composer-phone", 760),
    "doctor-thread-1280-dark-en": ("thread-desk-night", 900),
}


def main() -> int:
    """Copy each, cut to what is shown; return 1 where one was not made."""
    SHOWN.mkdir(parents=True, exist_ok=True)
    for source, (name, height) in PICTURES.items():
        path = MADE / f"{source}.jpg"
        if not path.exists():
            print(f"there is no {path.relative_to(ROOT)}: walk first", file=sys.stderr)
            return 1
        with Image.open(path) as picture:
            shown = picture.crop((0, 0, picture.width, min(height, picture.height)))
            shown.save(SHOWN / f"{name}.jpg", quality=72, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
