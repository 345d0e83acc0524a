"""Curves of costs, and their plots: SVG files without scripts, light, the same for the same numbers."""

from dataclasses import dataclass, field
from pathlib import Path

COLOURS = ["#1f5fa8", "#b3541e", "#2f7d4f", "#7a3b9c"]
MARKS = ["o", "s", "^", "D"]


@dataclass
class Curve:
    """The cost of something at several sizes. Each size is ten times the one before.

    `across` names what grows. series: name of a line -> (count, cost in `unit`) for each step. The names of the fields
    are keys of the JSON that bench/report.py reads.
    """

    title: str
    across: str
    unit: str
    file: str
    series: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def add(self, line: str, count: int, cost: float) -> None:
        self.series.setdefault(line, []).append((count, cost))


def draw(curve: Curve, folder: Path) -> None:
    """Write the plot of this curve into the folder. Both axes are logarithmic: a straight line is a fixed power."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter, NullFormatter

    # The ids in the file do not change between runs. Text stays text: it is small, and it can be read and searched.
    matplotlib.rcParams.update({"svg.hashsalt": "atelier", "svg.fonttype": "none", "font.family": "sans-serif"})
    matplotlib.rcParams["font.sans-serif"] = ["sans-serif"]
    figure, axes = pyplot.subplots(figsize=(7.2, 4.2))
    for number, (line, points) in enumerate(curve.series.items()):
        style = {"color": COLOURS[number % 4], "marker": MARKS[number % 4]}
        axes.plot([count for count, _ in points], [cost for _, cost in points], label=line, linewidth=2, **style)
    axes.set(xscale="log", yscale="log", title=curve.title, xlabel=curve.across, ylabel=curve.unit)
    costs = [cost for points in curve.series.values() for _, cost in points]
    axes.set_ylim(10 ** _floor(min(costs)), 10 ** (_floor(max(costs)) + 1))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, color="#d8dde3", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(folder / curve.file, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
    pyplot.close(figure)
    file = folder / curve.file
    file.write_text("\n".join(line.rstrip() for line in file.read_text().splitlines()) + "\n")


def _floor(cost: float) -> int:
    """Return the largest whole power of ten that is not above this cost."""
    import math

    return math.floor(math.log10(cost))
