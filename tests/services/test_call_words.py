"""Whoever may be called has words for it, in both languages and as whole sentences."""

from __future__ import annotations

from app.domain.policies import PARTNER
from app.domain.roster import DISCIPLINES
from app.domain.verdicts import Recipient
from app.services import call_words
from tests.rules.book import rulebook

KINDS = "ladder", "forgotten", "not_answered", "handed_over", "hand_over_refused", "contact_overdue", "pause_ended"


def test_every_recipient_of_every_policy_has_words() -> None:
    policy = rulebook().policies.of_alert("standard.2026-01-01")
    everybody = {*DISCIPLINES, *(PARTNER + who for who in DISCIPLINES), "any_oncologist", "any_coordinator"}
    for recipients in (rung for whose in Recipient for rung in policy.rungs(whose)):
        assert set(recipients) <= everybody
        assert call_words.called(list(recipients))
        assert call_words.asks_partner(list(recipients)) == any(who.startswith(PARTNER) for who in recipients)
    for recipient in (*everybody, "owner", "named"):
        for kind in KINDS:
            why = call_words.why(recipient, kind)
            assert why.fr.endswith("."), (recipient, kind)
            assert why.en.endswith("."), (recipient, kind)
