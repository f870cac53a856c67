"""Lines of the result: what was measured, what is wanted, and whether it was reached; as a table and as JSON."""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One figure. `best` is the most it may be, in the same unit; none: for information only."""

    measurement: str
    figure: str
    value: float
    unit: str
    best: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.best is None:
            return ""
        return "ok" if self.value <= self.best else "MISSED"


class Report(msgspec.Struct):
    """Everything of one run; `raw` keeps each round as the server gave it, `faulty` means that one lost something."""

    started_at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    machine: dict[str, str] = msgspec.field(default_factory=lambda: machine())
    lines: list[Line] = msgspec.field(default_factory=list)
    faulty: bool = False
    warnings: list[str] = msgspec.field(default_factory=list)
    raw: list[dict[str, object]] = msgspec.field(default_factory=list)

    def add(
        self, measurement: str, figure: str, value: float, unit: str, best: float | None = None, note: str = ""
    ) -> None:
        self.lines.append(Line(measurement, figure, value, unit, best, note))

    def warn(self, text: str) -> None:
        self.warnings.append(text)
        print(f"! {text}", file=sys.stderr, flush=True)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [msgspec.to_builtins(line) | {"verdict": line.verdict} for line in self.lines]
        whole = {"started_at": self.started_at, "machine": self.machine, "warnings": self.warnings}
        text = msgspec.json.encode(whole | {"lines": lines, "rounds": self.raw})
        path.write_bytes(msgspec.json.format(text, indent=1) + b"\n")


def into_page(report: Report, page: Path) -> None:
    """Put the table, date and kind of machine below the last heading of a page, in place of what stood there."""
    head, heading, _ = page.read_text().rpartition("## The latest run\n")
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report.machine.items())
    warnings = "".join(f"- {text.splitlines()[0]}\n" for text in report.warnings)
    told = f"\n{report.started_at:%Y-%m-%d}; {about}.\n\n{table(report.lines)}\n"
    page.write_text(head + heading + told + (f"\nWarnings of that run:\n\n{warnings}" if warnings else ""))


def table(lines: Sequence[Line]) -> str:
    """A Markdown table that is also readable as plain text."""
    head = ("measured", "figure", "value", "wanted", "verdict", "note")
    rows = [head, *(row(line) for line in lines)]
    widths = [max(len(cells[n]) for cells in rows) for n in range(len(head))]
    shown = ["| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)) + " |" for cells in rows]
    shown.insert(1, "| " + " | ".join("-" * w for w in widths) + " |")
    return "\n".join(shown)


def row(line: Line) -> tuple[str, ...]:
    wanted = "" if line.best is None else f"≤ {short(line.best)} {line.unit}".rstrip()
    return (line.measurement, line.figure, f"{short(line.value)} {line.unit}".rstrip(), wanted, line.verdict, line.note)


def short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> dict[str, str]:
    """The kind of machine and of programs; nothing that says whose."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "memory_gib": f"{pages / 2**30:.0f}",
        "system": platform.system(),
        "python": platform.python_version(),
    }
