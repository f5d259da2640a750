"""`make bench`, or `python -m bench inbox home`: print the figures of all, or of some."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from bench import (  # noqa: E402
    directory,
    fanout,
    home,
    inbox,
    limits,
    lists,
    outbox,
    registers,
    start,
    streaming,
)
from bench.figures import Figure, show  # noqa: E402

PARTS = {
    "start": start,
    "inbox": inbox,
    "outbox": outbox,
    "fanout": fanout,
    "home": home,
    "lists": lists,
    "streaming": streaming,
    "registers": registers,
    "directory": directory,
}


def main() -> int:
    """Run the parts that are named, or all."""
    # `lists million` fills a million posts too, which takes minutes; `registers lines=100000` takes
    # a smaller register.
    wanted = [a for a in sys.argv[1:] if a != "million" and "=" not in a] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        print(f"no such benchmark: {unknown[0]} (there are {', '.join(PARTS)})", file=sys.stderr)
        return 2
    bare = asyncio.run(limits.measure())
    show(
        "This machine's bare limits",
        [
            Figure("RSA-2048 signature", bare.rsa_sign, "ms"),
            Figure("RSA-2048 verification", bare.rsa_verify, "ms"),
            Figure("a request to an empty ASGI program", bare.request, "ms"),
            Figure("an insert of 2 KB, committed to the disk", bare.insert, "ms"),
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            print(f"\n· {name}", flush=True)
            show(name, PARTS[name].run(Path(folder), bare))
    return 0


if __name__ == "__main__":
    sys.exit(main())
