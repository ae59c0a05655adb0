"""Whom a rung of the ladder calls, and why somebody was called, in whole and plain sentences."""

from __future__ import annotations

from app.domain.policies import PARTNER
from app.domain.texts import Text

# After "if nobody takes it before 21:00, we call".
WHO = {
    "level1": Text("la coordination administrative de garde", "whoever is on duty in administrative coordination"),
    "level2": Text("la coordination soignante de garde", "whoever is on duty in nursing coordination"),
    "oncologist": Text("l'oncologue de garde", "the oncologist on call"),
    "any_oncologist": Text("tous les oncologues, de garde ou non", "every oncologist, on duty or not"),
    "any_coordinator": Text("toute la coordination, de garde ou non", "all coordinators, on duty or not"),
}

# Why the person whose name stands above was called.
_ROLE = {
    "level1": Text("De garde à la coordination administrative.", "On duty in administrative coordination."),
    "level2": Text("De garde à la coordination soignante.", "On duty in nursing coordination."),
    "oncologist": Text("Oncologue de garde.", "The oncologist on call."),
    "any_oncologist": Text(
        "Personne de garde n'avait pu prendre l'alerte : tous les oncologues ont été appelés.",
        "Nobody on duty could take the alert, so every oncologist was called.",
    ),
    "any_coordinator": Text(
        "Personne de garde n'avait pu prendre l'alerte : toute la coordination a été appelée.",
        "Nobody on duty could take the alert, so all coordinators were called.",
    ),
    "partner_level1": Text(
        "De garde à la coordination administrative de l'établissement partenaire, qui couvre ces heures.",
        "On duty in administrative coordination at the partner establishment, which covers these hours.",
    ),
    "partner_level2": Text(
        "De garde à la coordination soignante de l'établissement partenaire, qui couvre ces heures.",
        "On duty in nursing coordination at the partner establishment, which covers these hours.",
    ),
    "partner_oncologist": Text(
        "Oncologue de garde de l'établissement partenaire, qui couvre ces heures.",
        "The oncologist on call at the partner establishment, which covers these hours.",
    ),
    "owner": Text("Cette personne suit le dossier.", "This person is looking after the case."),
    "named": Text(
        "Un ou une collègue propose de lui passer le dossier.", "A colleague offers the case to this person."
    ),
}
# Begun again by time: said after the role. About a case that somebody has: said instead of it.
_AGAIN = {
    "forgotten": Text(
        "L'alerte avait été prise, mais plus rien n'a été noté depuis.",
        "The alert had been taken, but nothing has been noted since.",
    ),
    "not_answered": Text(
        "L'alerte avait été proposée à quelqu'un, qui n'a pas répondu.",
        "The alert had been offered to somebody, who did not answer.",
    ),
}
_CASE = {
    "handed_over": _ROLE["named"],
    "hand_over_refused": Text(
        "Le relais proposé a été refusé : le dossier lui reste.",
        "The hand-over was refused, so the case stays with this person.",
    ),
    "contact_overdue": Text(
        "Cette personne suit le dossier, et le patient aurait déjà dû être joint.",
        "This person is looking after the case, and the patient should have been reached by now.",
    ),
    "pause_ended": Text(
        "Cette personne suit le dossier, et la pause est finie.",
        "This person is looking after the case, and its pause is over.",
    ),
}


def logic(recipient: str) -> Text:
    """Why somebody of this recipient is the one to call."""
    return _ROLE[recipient]


def why(recipient: str, kind: str) -> Text:
    """Why a person was called: as whom, and what happened before where that is the reason."""
    if kind in _CASE:
        return _CASE[kind]
    role, again = _ROLE[recipient], _AGAIN.get(kind)
    return Text(f"{role.fr} {again.fr}", f"{role.en} {again.en}") if again else role


def called(recipients: list[str]) -> list[Text]:
    """Whom a rung calls, at home; a partner's own people are said by `asks_partner`."""
    return [WHO[who] for who in recipients if not who.startswith(PARTNER)]


def asks_partner(recipients: list[str]) -> bool:
    """Whether the rung may go on to a partner, where nobody of ours is on duty."""
    return any(who.startswith(PARTNER) for who in recipients)
