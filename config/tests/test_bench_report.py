"""The page of the benchmarks: medians of several runs, ranges, the load, and benchmarks that failed."""

from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from bench.report import Benchmark
from bench.support import report_page
from bench.support.figures import Figure

SCRIPT = Path(settings.BASE_DIR, "bench", "earliest.py")


def result(ratio, met=True):
    figures = [
        Figure("a list", "5 ms", "2 ms", ratio, "<= 3x", met),
        Figure("others", f"{ratio[0]} ms", "-", "-", "-", True),
    ]
    return {"database": "MariaDB 10.11.19", "figures": [asdict(figure) for figure in figures]}


def benchmark(*results, loads=((0.1, 0.01),), **values):
    return Benchmark(SCRIPT, list(results), list(loads), seconds=12, **values)


def test_a_figure_is_ordered_by_the_first_number_of_its_ratio_or_of_its_value():
    assert Figure("a", "7 ms", "-", "1,234.5x; growth 1.03x", "-", True).number == 1234.5
    assert Figure("a", "7.5 ms", "-", "-", "-", True).number == 7.5
    assert Figure("a", "none", "-", "-", "-", True).number is None
    assert Figure("a", "7 ms", "-", "p99 2x", "-", True, number=2).number == 2


def test_a_row_is_the_run_with_the_median_ratio_and_shows_the_range():
    runs = benchmark(result("4.00x", met=False), result("1.50x"), result("2.00x"), loads=[(0.1, 0.01)] * 3)

    page = report_page.page([runs], 3, 3)

    assert "| a list | 2.00x (1.5 to 4) | <= 3x | met | 5 ms | 2 ms |" in page
    assert "| others | - | - | - | 2 ms (1 to 4) | - |" in page
    assert "1 of 1 bars are met." in page
    assert "3 runs" in page
    assert "- The machine was quiet" in page


def test_a_missed_bar_and_a_busy_machine_are_named():
    page = report_page.page([benchmark(result("4.00x", met=False), loads=[(1.9, 0.8)])], 1, 1)

    assert "0 of 1 bars are met. Missed: a list." in page
    assert "not quiet: other programs used more than 5% of it before 1 of the runs" in page
    assert "Load average before: 1.9; other programs used 80% of the processors: not quiet." in page


def test_a_failed_benchmark_is_told_with_its_last_lines():
    failed = benchmark(last_lines=["Traceback", "ValueError: no machine"])

    page = report_page.page([failed, benchmark(result("2.00x"))], 1, 1)

    assert "**1 of 1 runs failed.**" in page
    assert "ValueError: no machine" in page
    assert "| a list | 2.00x |" in page


def test_a_curve_is_a_plot_and_a_table():
    curve = {"title": "More students", "across": "students", "unit": "milliseconds", "file": "cost-students.svg"}
    curve |= {"series": {"matrix": [[1, 16.74], [1000, 67.4]]}}

    page = report_page.page([benchmark(result("2.00x") | {"curves": [curve]})], 1, 1)

    assert "![More students](images/cost-students.svg)" in page
    assert "| students | 1 | 1,000 |" in page
    assert "| matrix, milliseconds | 16.7 | 67.4 |" in page
