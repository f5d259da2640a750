"""Report files and functions that grew past the sizes of our style; fails past the hard limits."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_AIM, FILE_LIMIT = 300, 400
FUNCTION_LIMIT = 60
SKIPPED = {".venv", "var", "versions", "node_modules"}


def main() -> int:
    """Print the report; return 1 when something is over a limit."""
    sizes: list[tuple[int, str]] = []
    functions: list[tuple[int, str]] = []
    for path in sorted(ROOT.rglob("*.py")):
        if SKIPPED & set(path.relative_to(ROOT).parts):
            continue
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf8")
        sizes.append((text.count("\n"), name))
        functions += _functions(ast.parse(text), name)
    _print(sizes, functions)
    over = [f"{name}: {lines} lines" for lines, name in sizes if lines > FILE_LIMIT]
    over += [f"{name}: {lines} lines" for lines, name in functions if lines > FUNCTION_LIMIT]
    for line in over:
        print(f"too long: {line}")
    return 1 if over else 0


def _functions(tree: ast.Module, name: str) -> list[tuple[int, str]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{name}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def _print(sizes: list[tuple[int, str]], functions: list[tuple[int, str]]) -> None:
    lengths = sorted(lines for lines, _ in functions)
    ours = [(lines, name) for lines, name in sizes if not name.startswith("tests/")]
    program = sum(lines for lines, _ in ours)
    print(
        f"{len(ours)} files, {program} lines of program, "
        f"{sum(lines for lines, _ in sizes) - program} of tests; functions: "
        f"median {lengths[len(lengths) // 2]}, p90 {lengths[len(lengths) * 9 // 10]}"
    )
    long = [(lines, name) for lines, name in ours if lines > FILE_AIM]
    for lines, name in sorted(long, reverse=True):
        print(f"over {FILE_AIM} lines: {name} ({lines})")


if __name__ == "__main__":
    sys.exit(main())
