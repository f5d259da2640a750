"""`python -m cli` is the same as `.venv/bin/consilium`."""

from cli.main import run

run()
