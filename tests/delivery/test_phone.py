"""SMS and voice: whatever gateway a house has, its faults stay its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec import json

from app.delivery.limits import Limits
from app.delivery.phone import LONGEST, AdaptorError, FileAdaptor, Phone, load_adaptor
from app.domain.notifications import Outcome, OutcomeKind
from tests.delivery.test_email import call

NUMBER = "+33612345678"


class Broken:
    """A gateway with a fault, in a house of its own."""

    def __init__(self, setting: str) -> None:
        self.setting = setting

    async def send(self, _number: str, _words: str, _message_id: str) -> Outcome:
        if self.setting == "stalls":
            await asyncio.sleep(3600)
        raise ArithmeticError


async def test_the_file_adaptor_writes_one_neutral_line_a_message(tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    message = call()
    assert (await Phone(FileAdaptor(str(file))).send(message, NUMBER)).kind is OutcomeKind.ACCEPTED
    (line,) = file.read_bytes().splitlines()
    told = json.decode(line)
    assert told == {
        "to": NUMBER,
        "words": "Vigie : une alerte vous attend. Ouvrez Vigie pour la prendre en charge.",
        "id": str(message.id),
    }
    assert len(told["words"]) <= LONGEST


async def test_a_file_that_cannot_be_written_is_our_fault(tmp_path: Path) -> None:
    outcome = await Phone(FileAdaptor(str(tmp_path / "none" / "sms.jsonl"))).send(call(), NUMBER)
    assert (outcome.kind, outcome.because) == (OutcomeKind.OUR_FAULT, "file_not_written")


async def test_a_gateway_that_raises_or_stalls_fails_this_attempt_and_nothing_else() -> None:
    raised = await Phone(load_adaptor(f"{__name__}.Broken:raises", local=False)).send(call(), NUMBER)
    assert (raised.kind, raised.because) == (OutcomeKind.RETRY, "adaptor_failed")
    stalled = await Phone(Broken("stalls"), limits=Limits(total=0.1)).send(call(), NUMBER)
    assert (stalled.kind, stalled.because) == (OutcomeKind.RETRY, "timed_out")


def test_production_takes_no_file_and_no_adaptor_that_is_not_there() -> None:
    with pytest.raises(AdaptorError, match="demo and test only"):
        load_adaptor("file:/tmp/x", local=False)
    for name in ("no.such.Gateway:x", "app.delivery.phone.Nothing:x", "Gateway"):
        with pytest.raises(AdaptorError, match="cannot be used"):
            load_adaptor(name, local=True)
