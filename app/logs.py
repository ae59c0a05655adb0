"""JSON log lines with allow-listed fields only: no name, no answer, no cookie can reach a log."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from msgspec import json

FIELDS = frozenset(
    {
        "error",
        "count",
        "port",
        "profile",
        "rulebook",
        "method",
        "route",
        "status",
        "because",
        "what",
        "process",
        "exit",
        "seconds",
    }
)


class JsonLines(logging.Formatter):
    """One JSON object a line; anything outside FIELDS is dropped."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, allowed fields; of an exception its type and where, never its text."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(
            {k: v for k, v in record.__dict__.items() if k in FIELDS and isinstance(v, str | int | float | bool)}
        )
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.encode(line).decode()


def _where(record: logging.LogRecord) -> list[str]:
    frames = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/app/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-8:]


def set_up(target: str, level: int = logging.INFO) -> None:
    """Log to `stderr` or to a file by its path."""
    handler = logging.StreamHandler(sys.stderr) if target == "stderr" else logging.FileHandler(target, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("apscheduler", "uvicorn", "litestar"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
