"""One page for the visit: what was planned and taken, what it did, what was ordered. Drawn from facts that are settled already.

It is made to be read on paper, in black and white too: shape and pattern say what colour says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD = "VigieSans", "VigieSans-Bold"
INK, SOFT, LINE = HexColor("#1b1f24"), HexColor("#5b6470"), HexColor("#c9cfd6")
PALE, TAKEN, EXTRA = HexColor("#eef1f4"), HexColor("#1f6f78"), HexColor("#b3261e")
LEVELS = {"yellow": HexColor("#c99700"), "orange": HexColor("#c25700"), "red": HexColor("#b3261e")}
GRADES = (PALE, HexColor("#f3d98b"), HexColor("#e79a4b"), HexColor("#c0392b"))
LEFT, RIGHT, TOP, BOTTOM = 15 * mm, A4[0] - 15 * mm, A4[1] - 14 * mm, 13 * mm


class Figure(Struct, frozen=True):
    """One number with its name, and what must be known to read it."""

    name: str
    value: str
    beside: str


class Day(Struct, frozen=True):
    """Doses of one day, of all drugs that count."""

    on: date
    expected: int
    taken: int
    unreported: int
    extra: int
    held: bool


class Mark(Struct, frozen=True):
    """Something that happened on a day; `shade` is a triage level, or a grade for symptoms."""

    on: date
    shade: str
    text: str = ""


class Row(Struct, frozen=True):
    """A symptom with its grades."""

    name: str
    grades: tuple[tuple[date, int], ...]


class Sheet(Struct, frozen=True):
    """All that the page says, in the words it says it in."""

    title: str
    patient: str
    born: str
    establishment: str
    treatment: str
    position: str
    dose: str
    period: str
    figures: tuple[Figure, ...]
    first: date
    last: date
    days: tuple[Day, ...]
    orders_title: str
    orders: tuple[str, ...]
    marks: tuple[Mark, ...]
    symptoms: tuple[Row, ...]
    alerts: tuple[Mark, ...]
    alerts_title: str
    alert_lines: tuple[str, ...]
    weights: tuple[tuple[date, float, str], ...]
    words: dict[str, str]
    footer: tuple[str, ...]


def draw(sheet: Sheet) -> bytes:
    """The page as PDF. What does not fit is counted, never dropped in silence."""
    _fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(sheet.title)
    canvas.setAuthor("Vigie")
    y = _head(canvas, sheet, TOP)
    y = _figures(canvas, sheet.figures, y - 5 * mm)
    y = _chart(canvas, sheet, y - 7 * mm)
    y = _list(canvas, sheet.orders_title, sheet.orders, y - 9 * mm, 8, sheet.words["more"])
    y = _list(canvas, sheet.alerts_title, sheet.alert_lines, y - 8 * mm, 7, sheet.words["more"])
    _notes(canvas, sheet.words["notes"], y - 8 * mm)
    _foot(canvas, sheet.footer)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _fonts() -> None:
    if PLAIN not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(PLAIN, str(FONTS / "DejaVuSans.ttf")))
        pdfmetrics.registerFont(TTFont(BOLD, str(FONTS / "DejaVuSans-Bold.ttf")))


def _text(
    canvas: Canvas,
    x: float,
    y: float,
    words: str,
    size: float = 8.5,
    *,
    bold: bool = False,
    colour: Any = INK,
    width: float = 0,
) -> None:
    font = BOLD if bold else PLAIN
    if width:
        words = _cut(words, font, size, width)
    canvas.setFillColor(colour)
    canvas.setFont(font, size)
    canvas.drawString(x, y, words)


def _right(canvas: Canvas, x: float, y: float, words: str, size: float = 8.5, colour: Any = SOFT) -> None:
    canvas.setFillColor(colour)
    canvas.setFont(PLAIN, size)
    canvas.drawRightString(x, y, words)


def _cut(words: str, font: str, size: float, width: float) -> str:
    """As much as fits, with an ellipsis where something was cut."""
    if pdfmetrics.stringWidth(words, font, size) <= width:
        return words
    while words and pdfmetrics.stringWidth(words + "…", font, size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def _head(canvas: Canvas, sheet: Sheet, y: float) -> float:
    _text(canvas, LEFT, y - 4 * mm, sheet.title, 14, bold=True)
    _right(canvas, RIGHT, y - 2.6 * mm, sheet.establishment, 8.5)
    _right(canvas, RIGHT, y - 6.6 * mm, sheet.period, 8.5)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1)
    canvas.line(LEFT, y - 9 * mm, RIGHT, y - 9 * mm)
    half = (RIGHT - LEFT) / 2
    _text(canvas, LEFT, y - 15 * mm, sheet.patient, 11.5, bold=True, width=half - 4 * mm)
    _text(canvas, LEFT, y - 19.6 * mm, sheet.born, 8.5, colour=SOFT, width=half - 4 * mm)
    _text(canvas, LEFT + half, y - 15 * mm, sheet.treatment, 10, bold=True, width=half)
    _text(canvas, LEFT + half, y - 19.6 * mm, sheet.position, 8.5, colour=SOFT, width=half)
    _text(canvas, LEFT + half, y - 23.8 * mm, sheet.dose, 8.5, colour=SOFT, width=half)
    return y - 25 * mm


def _figures(canvas: Canvas, figures: Sequence[Figure], y: float) -> float:
    """A row of numbers, each in a box of its own."""
    gap, height = 2.5 * mm, 17 * mm
    width = (RIGHT - LEFT - gap * (len(figures) - 1)) / max(1, len(figures))
    for n, figure in enumerate(figures):
        x = LEFT + n * (width + gap)
        canvas.setFillColor(PALE)
        canvas.roundRect(x, y - height, width, height, 1.5 * mm, stroke=0, fill=1)
        inside = width - 3 * mm
        _text(canvas, x + 2 * mm, y - 4.2 * mm, figure.name, 7, colour=SOFT, width=inside)
        _text(canvas, x + 2 * mm, y - 10.4 * mm, figure.value, 13, bold=True, width=inside)
        _text(canvas, x + 2 * mm, y - 14.6 * mm, figure.beside, 6, colour=SOFT, width=inside)
    return y - height


def _chart(canvas: Canvas, sheet: Sheet, y: float) -> float:
    """Days from left to right; doses, grades, alerts and weight below each other."""
    begin, words = LEFT + 34 * mm, sheet.words
    count = (sheet.last - sheet.first).days + 1
    step = (RIGHT - begin) / count

    def at(on: date) -> float:
        return begin + (on - sheet.first).days * step

    _text(canvas, LEFT, y - 2 * mm, words["line"], 10, bold=True)
    _legend(canvas, words, y - 2 * mm)
    y = _months(canvas, sheet, y - 7 * mm, at)
    y = _doses(canvas, sheet, y - 1 * mm, at, step)
    for row in sheet.symptoms:
        y -= 4.6 * mm
        _text(canvas, LEFT, y + 0.9 * mm, row.name, 7, width=33 * mm)
        canvas.setStrokeColor(PALE)
        canvas.line(begin, y + 1.9 * mm, RIGHT, y + 1.9 * mm)
        for on, grade in row.grades:
            side = max(step, 2.9 * mm)
            canvas.setFillColor(GRADES[min(grade, 3)])
            canvas.rect(at(on), y + 0.3 * mm, side, 3.3 * mm, stroke=0, fill=1)
            ink = HexColor("#ffffff") if grade > 2 else INK
            _text(canvas, at(on) + side / 2 - 0.75 * mm, y + 1.1 * mm, str(grade), 6, bold=grade > 1, colour=ink)
    if not sheet.symptoms:
        y -= 4.6 * mm
        _text(canvas, LEFT, y + 0.9 * mm, words["no_symptom"], 7.5, colour=SOFT)
    y = _alerts(canvas, sheet, y - 5.2 * mm, at, begin)
    return _weight(canvas, sheet, y - 15 * mm, at, begin)


def _legend(canvas: Canvas, words: dict[str, str], y: float) -> None:
    x = LEFT + 62 * mm
    for key, paint in (("taken", TAKEN), ("expected", PALE), ("extra", EXTRA)):
        canvas.setFillColor(paint)
        canvas.setStrokeColor(SOFT)
        canvas.setLineWidth(0.4)
        canvas.rect(x, y, 2.6 * mm, 2.6 * mm, stroke=1, fill=1)
        _text(canvas, x + 3.6 * mm, y + 0.3 * mm, words[key], 7, colour=SOFT)
        x += 3.6 * mm + pdfmetrics.stringWidth(words[key], PLAIN, 7) + 4 * mm
    _hatch(canvas, x, y, 5 * mm, 2.6 * mm)
    _text(canvas, x + 6 * mm, y + 0.3 * mm, words["held"], 7, colour=SOFT)
    x += 6 * mm + pdfmetrics.stringWidth(words["held"], PLAIN, 7) + 4 * mm
    canvas.setStrokeColor(SOFT)
    canvas.setDash(0.8, 0.8)
    canvas.rect(x, y, 2.6 * mm, 2.6 * mm, stroke=1, fill=0)
    canvas.setDash()
    _text(canvas, x + 3.6 * mm, y + 0.3 * mm, words["unreported"], 7, colour=SOFT)


def _months(canvas: Canvas, sheet: Sheet, y: float, at: Callable[[date], float]) -> float:
    """A tick each week, a date every so many that they do not touch."""
    weeks = [d.on for d in sheet.days if (d.on - sheet.first).days % 7 == 0]
    room = max(1, round(13 * mm / max(0.1, at(weeks[1]) - at(weeks[0])) + 0.49)) if len(weeks) > 1 else 1
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    for n, on in enumerate(weeks):
        canvas.line(at(on), y, at(on), y - 1.2 * mm)
        if n % room == 0:
            _text(canvas, at(on) + 0.6 * mm, y - 0.2 * mm, f"{on:%d/%m}", 6.4, colour=SOFT)
    return y - 1.4 * mm


def _doses(canvas: Canvas, sheet: Sheet, y: float, at: Callable[[date], float], step: float) -> float:
    """A column a day: what was expected in grey, what was taken over it, what was too much above."""
    height, most = 24 * mm, max([1, *(max(d.expected, d.taken) + d.extra for d in sheet.days)])
    unit, base, width = height / most, y - height, step * (0.84 if step > 1 * mm else 1)
    _text(canvas, LEFT, y - height / 2, sheet.words["doses"], 7.5, width=32 * mm)
    for day in sheet.days:
        x = at(day.on)
        if day.held:
            _hatch(canvas, x, base, step, height)
        canvas.setFillColor(HexColor("#dde2e7"))
        canvas.rect(x, base, width, day.expected * unit, stroke=0, fill=1)
        canvas.setFillColor(TAKEN)
        canvas.rect(x, base, width, day.taken * unit, stroke=0, fill=1)
        if day.unreported:
            canvas.setStrokeColor(SOFT)
            canvas.setLineWidth(0.3)
            canvas.setDash(0.8, 0.8)
            canvas.rect(
                x, base + (day.expected - day.unreported) * unit, width, day.unreported * unit, stroke=1, fill=0
            )
            canvas.setDash()
        if day.extra:
            canvas.setFillColor(EXTRA)
            canvas.rect(x, base + max(day.expected, day.taken) * unit, width, day.extra * unit, stroke=0, fill=1)
    canvas.setStrokeColor(SOFT)
    canvas.setLineWidth(0.5)
    canvas.line(at(sheet.first), base, RIGHT, base)
    for mark in sheet.marks:
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.6)
        canvas.line(at(mark.on), base, at(mark.on), y + 0.5 * mm)
        _text(canvas, at(mark.on) - 0.9 * mm, base - 2.6 * mm, mark.text, 6, bold=True)
    return base - 3 * mm


def _hatch(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Slanted lines inside a rectangle."""
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(x, y, width, height)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.setStrokeColor(HexColor("#8f99a5"))
    canvas.setLineWidth(0.35)
    place = x - height
    while place < x + width:
        canvas.line(place, y, place + height, y + height)
        place += 1.1 * mm
    canvas.restoreState()


def _alerts(canvas: Canvas, sheet: Sheet, y: float, at: Callable[[date], float], begin: float) -> float:
    _text(canvas, LEFT, y + 0.9 * mm, sheet.words["alerts"], 7.5, width=32 * mm)
    canvas.setStrokeColor(PALE)
    canvas.line(begin, y + 1.9 * mm, RIGHT, y + 1.9 * mm)
    for mark in sheet.alerts:
        path, x = canvas.beginPath(), at(mark.on)
        path.moveTo(x, y + 0.3 * mm)
        path.lineTo(x + 3 * mm, y + 0.3 * mm)
        path.lineTo(x + 1.5 * mm, y + 3.4 * mm)
        path.close()
        canvas.setFillColor(LEVELS.get(mark.shade, SOFT))
        canvas.drawPath(path, stroke=0, fill=1)
    return y


def _weight(canvas: Canvas, sheet: Sheet, y: float, at: Callable[[date], float], begin: float) -> float:
    height, words = 11 * mm, sheet.words
    _text(canvas, LEFT, y + height / 2 - 1 * mm, words["weight"], 7.5, width=32 * mm)
    if not sheet.weights:
        _text(canvas, begin, y + height / 2 - 1 * mm, words["no_weight"], 7.5, colour=SOFT)
        return y
    low, high = min(kg for _, kg, _ in sheet.weights) - 0.5, max(kg for _, kg, _ in sheet.weights) + 0.5
    points = [(at(on), y + (kg - low) / (high - low) * height) for on, kg, _ in sheet.weights]
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    for (x1, y1), (x2, y2) in pairwise(points):
        canvas.line(x1, y1, x2, y2)
    canvas.setFillColor(INK)
    for x, point in points:
        canvas.circle(x, point, 0.6 * mm, stroke=0, fill=1)
    first, last = sheet.weights[0], sheet.weights[-1]
    _text(canvas, max(begin, points[0][0]), points[0][1] + 1.2 * mm, first[2], 6.5, colour=SOFT)
    if len(points) > 1:
        _right(canvas, min(RIGHT, points[-1][0] + 5 * mm), points[-1][1] + 1.2 * mm, last[2], 6.5)
    return y


def _list(canvas: Canvas, title: str, lines: Sequence[str], y: float, most: int, more: str) -> float:
    _text(canvas, LEFT, y, title, 10, bold=True)
    shown = lines if len(lines) <= most else lines[-(most - 1) :]
    if len(shown) < len(lines):
        y -= 4.4 * mm
        _text(canvas, LEFT, y, more.format(count=len(lines) - len(shown)), 8, colour=SOFT)
    for line in shown:
        y -= 4.8 * mm
        _text(canvas, LEFT, y, line, 8, width=RIGHT - LEFT)
    if not lines:
        y -= 4.4 * mm
        _text(canvas, LEFT, y, "—", 8, colour=SOFT)
    return y


def _notes(canvas: Canvas, title: str, y: float) -> None:
    """Lines to write on, as many as there is room for."""
    floor = BOTTOM + 14 * mm
    if y - 8 * mm < floor:
        return
    _text(canvas, LEFT, y, title, 10, bold=True)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    y -= 8 * mm
    while y > floor:
        canvas.line(LEFT, y, RIGHT, y)
        y -= 8 * mm


def _foot(canvas: Canvas, lines: Sequence[str]) -> None:
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    y = BOTTOM + 3.4 * mm * len(lines)
    canvas.line(LEFT, y, RIGHT, y)
    for line in lines:
        y -= 3.4 * mm
        _text(canvas, LEFT, y, line, 6.8, colour=SOFT, width=RIGHT - LEFT)
