"""One way to print: a figure, its aim, and the ratio to this machine's bare limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value; `aim` is the promise, `bare` the machine's limit for the same thing."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    bare: float | None = None
    bare_name: str = ""

    @property
    def line(self) -> str:
        """One line: the value, the aim and whether it is met, the ratio."""
        text = f"{self.name:<52} {self.value:>10.3f} {self.unit:<4}"
        if self.aim is not None:
            met = "met" if self.value <= self.aim else "MISSED"
            text += f"  aim ≤ {self.aim:g} {met}"
        if self.bare:
            ratio = self.value / self.bare
            text += f"  = {ratio:.1f} × {self.bare_name} ({self.bare:.3f} {self.unit})"
        return text


def show(title: str, figures: list[Figure]) -> None:
    """Print a group of figures."""
    print(f"\n{title}")
    for figure in figures:
        print(f"  {figure.line}", flush=True)
