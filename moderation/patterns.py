"""Names under which something may be decided about a host: itself, those above it, patterns."""

from __future__ import annotations

EVERYBODY = "*"
BELOW = "*."
# No name that DNS could answer needs more; it keeps a hostile one from costing us.
_MAX_LABELS = 20


def is_pattern(name: str) -> bool:
    """Tell whether a name that is decided about stands for many hosts."""
    return name == EVERYBODY or name.startswith(BELOW)


def covers(name: str, host: str) -> bool:
    """Tell whether what is decided under a name, or a pattern, touches a host."""
    return name in names_of(host)


def names_of(host: str) -> list[str]:
    """Return every name under which something may be decided about a host, most exact first.

    `x.b.example:8443` → itself, `x.b.example`, `*.b.example:8443`, `*.b.example`,
    `b.example:8443`, `b.example`, `*.example:8443`, `*.example`, `*`.
    """
    bare, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        bare, port = host, ""
    endings = [f":{port}", ""] if port else [""]
    labels = bare.split(".")
    names = [bare + ending for ending in endings]
    for start in range(max(1, len(labels) - _MAX_LABELS), len(labels)):
        above = ".".join(labels[start:])
        names += [BELOW + above + ending for ending in endings]
        if start < len(labels) - 1:
            names += [above + ending for ending in endings]
    return [*names, EVERYBODY]
