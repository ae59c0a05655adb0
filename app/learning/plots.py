"""Small SVG charts, without a library: they open anywhere, from one file, with no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

from app.domain.phrases import Language, number

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 58, 26, 14, 46


class Series(msgspec.Struct, frozen=True):
    """A line or dots; `kind` is a class of the style sheet. `bars` are the ends of each dot's interval."""

    label: str
    kind: str
    points: Sequence[tuple[float, float]]
    dots: bool = False
    line: bool = True
    bars: Sequence[tuple[float, float]] = ()
    labels: Sequence[str] = ()


def chart(
    title: str,
    x_label: str,
    y_label: str,
    series: Sequence[Series],
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    percent: tuple[bool, bool] = (True, True),
    x_ticks: Sequence[float] = (),
    y_ticks: Sequence[float] = (),
    language: Language = "en",
) -> str:
    """One chart as an SVG element, with its legend."""

    def px(value: float) -> float:
        return LEFT + (value - x[0]) / (x[1] - x[0]) * (WIDTH - LEFT - RIGHT)

    def py(value: float) -> float:
        return HEIGHT - BOTTOM - (value - y[0]) / (y[1] - y[0]) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
    ]
    for value in y_ticks or _ticks(y):
        at = py(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{_tick(value, percent[1], language)}</text>'
        )
    for value in x_ticks or _ticks(x):
        at = px(value)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text class="tick" x="{at:.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">'
            f"{_tick(value, percent[0], language)}</text>"
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="axis" x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>')
    up = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text class="axis" transform="translate(14 {up:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    for one in series:
        inside = [(px(a), py(b)) for a, b in _within(one.points, x, y)]
        if one.line and inside:
            path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in inside)
            parts.append(f'<path class="line {one.kind}" d="{path}"/>')
        for (a, _), (low, high) in zip(inside, one.bars, strict=False):
            parts.append(
                f'<line class="bar {one.kind}" x1="{a:.1f}" x2="{a:.1f}" '
                f'y1="{py(max(low, y[0])):.1f}" y2="{py(min(high, y[1])):.1f}"/>'
            )
        if one.dots:
            parts += [f'<circle class="dot {one.kind}" cx="{a:.1f}" cy="{b:.1f}" r="3.5"/>' for a, b in inside]
        for (a, b), words in zip(inside, one.labels, strict=False):
            parts.append(f'<text class="note" x="{a + 6:.1f}" y="{b + 13:.1f}">{escape(words)}</text>')
    parts.append("</svg>")
    legend = "".join(f'<li class="{s.kind}">{escape(s.label)}</li>' for s in series if s.label)
    return f'<figure><figcaption>{escape(title)}</figcaption>{"".join(parts)}<ul class="legend">{legend}</ul></figure>'


def forest(
    title: str,
    rows: Sequence[tuple[str, float | None, float | None, float | None]],
    limits: tuple[float, float],
    *,
    language: Language = "en",
    too_few: str = "too few",
) -> str:
    """Observed over expected by group, on a logarithmic axis, with intervals; 1 is the line to hold."""
    from math import log

    height = 26 + 20 * len(rows) + 30
    low, high = log(limits[0]), log(limits[1])

    def px(value: float) -> float:
        return 190 + (min(max(log(max(value, 1e-6)), low), high) - low) / (high - low) * (WIDTH + 140 - 190 - 60)

    parts = [
        f'<svg viewBox="0 0 {WIDTH + 140} {height}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
    ]
    for value in (0.5, 0.67, 1.0, 1.5, 2.0):
        if limits[0] <= value <= limits[1]:
            kind = "one" if value == 1 else "grid"
            parts.append(f'<line class="{kind}" x1="{px(value):.1f}" x2="{px(value):.1f}" y1="10" y2="{height - 26}"/>')
            parts.append(
                f'<text class="tick" x="{px(value):.1f}" y="{height - 8}" text-anchor="middle">{number(value, language)}</text>'
            )
    for i, (name, ratio, bottom, top) in enumerate(rows):
        at = 24 + 20 * i
        parts.append(f'<text class="row" x="182" y="{at + 4}" text-anchor="end">{escape(name)}</text>')
        if ratio is None or bottom is None or top is None:
            parts.append(f'<text class="tick" x="190" y="{at + 4}">{escape(too_few)}</text>')
            continue
        parts.append(f'<line class="bar model" x1="{px(bottom):.1f}" x2="{px(top):.1f}" y1="{at}" y2="{at}"/>')
        parts.append(f'<circle class="dot model" cx="{px(ratio):.1f}" cy="{at}" r="4"/>')
        parts.append(
            f'<text class="tick" x="{WIDTH + 134}" y="{at + 4}" text-anchor="end">{_two(ratio, language)}</text>'
        )
    parts.append("</svg>")
    return f'<figure class="wide"><figcaption>{escape(title)}</figcaption>{"".join(parts)}</figure>'


def _within(
    points: Sequence[tuple[float, float]], x: tuple[float, float], y: tuple[float, float]
) -> list[tuple[float, float]]:
    """The points inside the frame; a line that leaves it through the bottom is cut where it does."""
    kept: list[tuple[float, float]] = []
    for i, (a, b) in enumerate(points):
        if b >= y[0]:
            kept.append((min(max(a, x[0]), x[1]), min(b, y[1])))
        elif i and points[i - 1][1] >= y[0]:
            before, height = points[i - 1]
            kept.append((before + (a - before) * (height - y[0]) / (height - b), y[0]))
            break
    return kept


def _ticks(limits: tuple[float, float]) -> list[float]:
    low, high = limits
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100) if (high - low) / s <= 6)
    first = round(low / step)
    return [round(step * i, 6) for i in range(first, round(high / step) + 1) if low - 1e-9 <= step * i <= high + 1e-9]


def _tick(value: float, percent: bool, language: Language) -> str:
    return f"{number(100 * value, language)} %" if percent else number(value, language)


def _two(value: float, language: Language) -> str:
    return f"{value:.2f}".replace(".", ",") if language == "fr" else f"{value:.2f}"
