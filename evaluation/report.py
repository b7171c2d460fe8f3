"""Tables: every figure with its interval, and what differs significantly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evaluation import metrics
from evaluation.measure import BARE_ALL, BARE_TELLING, FALSE, Results, Row, place
from evaluation.questions import Collection

# What is compared with the baselines: row and metric.
COMPARED = (
    ("ordinary", "Success@1"),
    ("ordinary", "MRR@10"),
    ("ordinary", "nDCG@10"),
    ("mismatch", "Success@1"),
    ("mismatch", "MRR@10"),
    ("quotes, generated", "hit@1"),
    ("quotes, natural", "hit@1"),
    ("unanswerable, 95 % of ordinary kept", FALSE),
    ("unanswerable, 90 % of all kept", FALSE),
)
_WIDTH = 37
_SIGNIFICANT = 0.05


def own(name: str, rows: Sequence[Row]) -> None:
    """Print the figures of the project's own search, with 95 % bootstrap intervals."""
    print(f"\n{name}: %, with 95 % intervals")
    metrics_before: list[str] = []
    for row in rows:
        if list(row.values) != metrics_before:
            metrics_before = list(row.values)
            print(f"{'':{_WIDTH}}{'n':>4}" + "".join(f"{metric:>21}" for metric in metrics_before))
        asked = len(next(iter(row.values.values())))
        cells = "".join(_with_interval(values) for values in row.values.values())
        print(f"{_indented(row.label):{_WIDTH}}{asked:4}{cells}")


def _indented(label: str) -> str:
    whole, colon, kind = label.partition(": ")
    return f"  {kind}" if colon else whole


def _with_interval(values: Sequence[float]) -> str:
    low, high = metrics.interval(values)
    return f"{100 * metrics.mean(values):8.1f} [{100 * low:4.1f},{100 * high:5.1f}]"


def beside(systems: Sequence[tuple[Results, Sequence[Row]]]) -> None:
    """Print the systems beside each other, ours first, on the same questions."""
    print(f"\n{'%':22}" + "".join(f"{_short(*column)[0]:>10}" for column in COMPARED), end="")
    print("      ms, p50       p95")
    print(f"{'':22}" + "".join(f"{_short(*column)[1]:>10}" for column in COMPARED))
    for results, rows in systems:
        cells = {row.label: row.values for row in rows}
        line = "".join(
            f"{100 * metrics.mean(values):10.1f}"
            if (values := cells.get(row, {}).get(metric))
            else f"{'-':>10}"
            for row, metric in COMPARED
        )
        middle, slow = (metrics.percentile(results.times, share) for share in (0.5, 0.95))
        print(f"{results.system:22}{line}{middle:13.1f}{slow:10.1f}")


def _short(row: str, metric: str) -> tuple[str, str]:
    first = {
        "ordinary": "ordinary",
        "mismatch": "mismatch",
        "quotes, generated": "generated",
        "quotes, natural": "natural",
    }.get(row, "false at")
    second = {"Success@1": "S@1", "MRR@10": "MRR", "nDCG@10": "nDCG"}.get(metric, metric)
    return first, (row.split(",")[1].split(" of")[0].strip() if metric == FALSE else second)


def compared(systems: Sequence[tuple[Results, Sequence[Row]]]) -> None:
    """Print by how much ours is better than each baseline, and whether that is chance."""
    (_, ours), *others = systems
    best = {row.label: row.values for row in ours}
    found: list[tuple[str, str, str, int, metrics.Difference]] = []
    for results, rows in others:
        cells = {row.label: row.values for row in rows}
        for row, metric in COMPARED:
            values, theirs = best.get(row, {}).get(metric), cells.get(row, {}).get(metric)
            if values and theirs:
                difference = metrics.paired(values, theirs)
                found.append((results.system, row, metric, len(values), difference))
    if not found:
        return
    corrected = metrics.holm([difference.p for *_, difference in found])
    print(
        f"\nOurs less theirs, points; paired bootstrap, {metrics.RESAMPLES:,} resamples, "
        f"two-sided; Holm's correction for {len(found)} comparisons"
    )
    print(f"{'':22}{'':37}{'n':>4}{'difference':>25}{'p':>9}{'Holm':>9}")
    for (system, row, metric, asked, difference), p in zip(found, corrected, strict=True):
        low, high = difference.interval
        print(
            f"{system:22}{_label(row, metric):37}{asked:4}"
            f"{100 * difference.mean:+9.1f} [{100 * low:+6.1f},{100 * high:+6.1f}]"
            f"{difference.p:9.4f}{p:9.4f}  {'significant' if p < _SIGNIFICANT else 'may be chance'}"
        )


def _label(row: str, metric: str) -> str:
    return f"false, {row.split(', ')[1]}" if metric == FALSE else f"{row}, {metric}"


def timing(times: Mapping[str, Sequence[float]], pauses: Mapping[str, float]) -> None:
    """Print how long ``ask`` takes beside bare FTS5 queries."""
    print(f"\n{'ms, same run, in turns':{_WIDTH}}{'n':>4}{'p50':>9}{'p95':>9}", end="")
    print("   p95 against bare, all and telling words; event loop's longest pause")
    bare = [metrics.percentile(times[name], 0.95) for name in (BARE_ALL, BARE_TELLING)]
    for name, taken in times.items():
        middle, high = (metrics.percentile(taken, share) for share in (0.5, 0.95))
        print(f"{name:{_WIDTH}}{len(taken):4}{middle:9.2f}{high:9.2f}", end="")
        print("".join(f"{high / other:9.2f}x" for other in bare), end="")
        print(f"{pauses[name]:12.1f}" if name in pauses else "")


def failures(results: Results, collection: Collection) -> None:
    """Print each question that was not answered right at once."""
    print(f"\n{results.system}: not right at once")
    for question in (*collection.ordinary, *collection.mismatch):
        ranked = results.ranked[question.id]
        if metrics.success(question, ranked.numbers) < 1:
            at = next((n for n, e in enumerate(ranked.numbers, 1) if e in question.best), None)
            print(
                f"  {question.id} {question.kind:10} {question.text!r}: {_numbers(question.best)} "
                f"at {at or 'no place'}, first is {_numbers(ranked.numbers[:1])} "
                f"({ranked.confidence:.2f})"
            )
    for line in collection.quotes if results.said is not None else ():
        said = results.said[line.id] if results.said else []
        if (at := place(line, said)) != 1:
            first = f"{said[0].number}: {said[0].text[:80]!r}" if said else "nothing"
            print(
                f"  {line.id} {line.kind:10} {line.text!r}: {line.episode} at {at}, first {first}"
            )
    for question in collection.unanswerable:
        ranked = results.ranked[question.id]
        if ranked.answered:
            print(
                f"  {question.id} answered   {question.text!r}: "
                f"{_numbers(ranked.numbers[:1])} ({ranked.confidence:.2f})"
            )


def _numbers(numbers: Iterable[int | None]) -> str:
    return " or ".join(str(number) for number in numbers) or "nothing"
