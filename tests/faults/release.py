"""The goals of reliability.md before a release, by one command: `python -m tests.faults.release [--ci] [N1 N7 …]`.

Runs the fault tests at their release size (hours; `--ci` takes the sizes of CI, minutes) and prints what was wanted and what was found.
Ends with 1 when a goal was missed, was not measured, or a test failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

GOALS = {
    "N1": "acknowledged reports lost, SIGKILL of the app",
    "N2": "acknowledged reports lost, SIGKILL of PostgreSQL",
    "N3": "duplicate reports or alerts, replayed and reordered",
    "N4": "red: from the commit to the first push attempt, p99",
    "N5": "every red taken or visibly undeliverable after the last failure",
    "N6": "no receipt: the next step",
    "N7": "escalation lateness, many due at once, maximum and p99",
    "N8": "push begun more than 1 s after the acknowledgement",
    "N9": "messages per alert, person and level",
    "N10": "work of a killed worker resumes",
    "N11": "back after the database returns",
    "N12": "longest request while the database is away",
    "N21": "state machine, violated invariants",
}


def main(arguments: list[str] | None = None) -> int:
    """Run, then tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.release", description=__doc__)
    parser.add_argument("--ci", action="store_true", help="at the size of CI")
    parser.add_argument(
        "--minutes", type=float, default=0, help="end N1, N2, N8 and N21 after so long each; not all done is not well"
    )
    parser.add_argument("goals", nargs="*", help=f"only these of {', '.join(GOALS)}")
    options = parser.parse_args(arguments)
    wanted = options.goals or list(GOALS)
    if unknown := set(wanted) - GOALS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl", encoding="utf-8") as report:
        env = {**os.environ, "VIGIE_FAULTS_REPORT": report.name, "VIGIE_FAULTS": "ci" if options.ci else "release"}
        env["VIGIE_FAULTS_MINUTES"] = str(options.minutes)
        command = [sys.executable, "-m", "pytest", "tests/faults", "-q", "-x" if options.goals else "-q"]
        if options.goals:
            command += ["-k", " or ".join(f"{goal.lower()}_" for goal in options.goals)]
        ended = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
        found = [json.loads(line) for line in report.read().splitlines()]
    return max(_tell(wanted, found), 1 if ended else 0)


def _tell(wanted: list[str], found: list[dict[str, str]]) -> int:
    missed = 0
    width = max(len(words) for words in GOALS.values())
    print(f"\n{'goal':<5} {'what':<{width}} {'wanted':<24} {'found':<40}")
    for goal in wanted:
        lines = [line for line in found if line["goal"] == goal] or [
            {"wanted": "", "found": "not measured", "well": ""}
        ]
        for line in lines:
            missed += not line["well"]
            mark = "" if line["well"] else "  MISSED"
            print(f"{goal:<5} {GOALS[goal]:<{width}} {line['wanted']:<24} {line['found']:<40}{mark}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
