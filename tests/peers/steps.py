"""Programs of other people, in any language, that do one step of a story: JSON in, JSON out."""

from __future__ import annotations

import json
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

from instances import PASSWORD
from peers.consent import fetch_code

STEP_S = 90


class Program:
    """A client's program: `command` runs it, once for each step."""

    def __init__(self, *command: str, url: str) -> None:
        self._command, self._url = command, url

    def __call__(self, step: str, **given: Any) -> Any:
        """Do a step; return what the program saw."""
        done = subprocess.run(
            self._command,
            input=json.dumps({"step": step, "url": self._url} | given),
            capture_output=True,
            text=True,
            timeout=STEP_S,
            check=False,
        )
        assert done.returncode == 0, f"{step}: {done.stderr[-3000:]}"
        return json.loads(done.stdout)

    def registered(self, username: str, sign_in: str) -> Any:
        """Register, let somebody allow it in a browser, and sign in; return the step's answer."""
        registered = self("register")
        code = fetch_code(registered["address"], name=username, password=PASSWORD)
        return self(sign_in, app=registered["app"], code=code)


def picture(folder: Path) -> Path:
    """Write a small PNG picture, and return where it is."""
    side = 64
    rows = b"".join(b"\x00" + bytes((4 * x, 4 * y, 128)[c] for x in range(side) for c in range(3))
                    for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    path = folder / "ecg.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path
