"""Addresses and numbers by which a professional can be reached, and the code that proves that they are theirs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app.domain.errors import ContentRefused, Fault
from app.domain.reach import Channel

MOST_CONTACTS = 6
"""A person. Enough for two of each kind."""

CODE_LASTS = timedelta(hours=1)
CODE_TRIES = 5
CODE = re.compile(r"[0-9]{6}")

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(
    rf"(?=.{{3,254}}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}"
)
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164: what every gateway understands."""


def checked_address(channel: Channel, text: str) -> str:
    """The address in the one form that is kept. Raises ContentRefused with words that say what to write."""
    if channel is Channel.EMAIL:
        address = text.strip().casefold()
        if EMAIL.fullmatch(address):
            return address
        raise ContentRefused(faults=(Fault("address", "Not an e-mail address. Write for example nom@hopital.fr."),))
    if channel in (Channel.SMS, Channel.VOICE):
        number = re.sub(r"[\s().-]", "", text)
        if number.startswith("00"):
            number = "+" + number[2:]
        elif re.fullmatch(r"0[1-9][0-9]{8}", number):
            number = "+33" + number[1:]  # as it is dialled in France
        if NUMBER.fullmatch(number):
            return number
        raise ContentRefused(faults=(Fault("address", "Not a telephone number. Write for example +33 6 12 34 56 78."),))
    raise ContentRefused(
        faults=(Fault("channel", "Use email, sms or voice. Push devices are added from the browser."),)
    )


def code_is_right(code: str | None, expires_at: datetime | None, tries: int, typed: str, now: datetime) -> bool:
    """Whether `typed` is the code that was sent, in time, within its tries."""
    return code is not None and expires_at is not None and now < expires_at and tries < CODE_TRIES and typed == code
