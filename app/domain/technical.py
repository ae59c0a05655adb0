"""Technical alerts: what can be wrong with Vigie itself, in words, with what to do. Nothing here is about a patient."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from app.domain.notifications import OutcomeKind
from app.domain.reach import Channel
from app.domain.texts import Text


class TechnicalKind(StrEnum):
    """What is wrong."""

    PUSH_REFUSED = "push_refused"
    PUSH_ADDRESS = "push_address"
    EMAIL_REFUSED = "email_refused"
    PHONE_REFUSED = "phone_refused"
    RULE_STORM = "rule_storm"
    UNDELIVERABLE = "undeliverable"
    STUCK_ALERT = "stuck_alert"
    LADDER_LATE = "ladder_late"
    OUTBOX_LATE = "outbox_late"
    CANARY_FAILED = "canary_failed"
    RISK_CARD = "risk_card"
    RISK_FROZEN = "risk_frozen"


class TechnicalWords(Struct, frozen=True):
    """A kind in words: what it means and what to do."""

    title: Text
    todo: Text


WORDS: dict[TechnicalKind, TechnicalWords] = {
    TechnicalKind.PUSH_REFUSED: TechnicalWords(
        Text("Les services de notification nous refusent", "Push services refuse our messages"),
        Text(
            "La clé VAPID ou l'heure du serveur est fausse. L'exploitant lance « vigie check ». Les appareils sont conservés.",
            "The VAPID key or the server's clock is wrong. The operator runs `vigie check`. Devices are kept.",
        ),
    ),
    TechnicalKind.PUSH_ADDRESS: TechnicalWords(
        Text(
            "Un appareil a une adresse que Vigie refuse d'appeler", "A device has an address that Vigie refuses to call"
        ),
        Text(
            "Son propriétaire désactive puis réactive les notifications dans Vigie.",
            "Its owner turns notifications off and on again in Vigie.",
        ),
    ),
    TechnicalKind.EMAIL_REFUSED: TechnicalWords(
        Text("Le serveur de courriel nous refuse", "The mail server refuses our messages"),
        Text(
            "L'exploitant vérifie VIGIE_SMTP_URL et VIGIE_MAIL_FROM avec « vigie check --send-test ADRESSE ».",
            "The operator checks VIGIE_SMTP_URL and VIGIE_MAIL_FROM with `vigie check --send-test ADDRESS`.",
        ),
    ),
    TechnicalKind.PHONE_REFUSED: TechnicalWords(
        Text("La passerelle SMS ou vocale nous refuse", "The SMS or voice gateway refuses our messages"),
        Text(
            "L'exploitant vérifie le contrat et la clé de la passerelle.",
            "The operator checks the gateway's contract and key.",
        ),
    ),
    TechnicalKind.RULE_STORM: TechnicalWords(
        Text(
            "Rafale d'alertes : une règle ou un questionnaire est peut-être en cause",
            "Storm of alerts: a rule or a questionnaire may be at fault",
        ),
        Text(
            "Traitez les alertes : aucune n'est cachée. Prévenez qui tient le référentiel de règles.",
            "Work through the alerts: none is hidden. Tell whoever keeps the rulebook.",
        ),
    ),
    TechnicalKind.UNDELIVERABLE: TechnicalWords(
        Text("Une alerte n'a atteint personne", "An alert has reached nobody"),
        Text(
            "Prenez-la maintenant depuis la liste, puis vérifiez le tour de garde et les appareils.",
            "Take it now from the worklist, then check the roster and the devices.",
        ),
    ),
    TechnicalKind.STUCK_ALERT: TechnicalWords(
        Text("Une alerte attend sans minuterie", "An alert waits and no timer watches it"),
        Text(
            "Prenez les alertes ouvertes depuis la liste, et prévenez l'exploitant.",
            "Take the open alerts from the worklist, and tell the operator.",
        ),
    ),
    TechnicalKind.LADDER_LATE: TechnicalWords(
        Text("Les relances prennent du retard", "Escalations run late"),
        Text("L'exploitant vérifie que « vigie work » tourne.", "The operator checks that `vigie work` runs."),
    ),
    TechnicalKind.OUTBOX_LATE: TechnicalWords(
        Text("Les notifications partent en retard", "Notifications leave late"),
        Text("L'exploitant vérifie que « vigie work » tourne.", "The operator checks that `vigie work` runs."),
    ),
    TechnicalKind.CANARY_FAILED: TechnicalWords(
        Text("L'alerte d'essai n'est pas arrivée au bout", "The test alert did not get through"),
        Text("L'exploitant lit le journal de « vigie work ».", "The operator reads the log of `vigie work`."),
    ),
    TechnicalKind.RISK_CARD: TechnicalWords(
        Text(
            "La carte du modèle de risque ne peut pas être utilisée : règles seules",
            "The card of the risk model cannot be used: rules alone",
        ),
        Text(
            "L'exploitant lance « vigie check », puis remet le fichier de cette version.",
            "The operator runs `vigie check`, then puts back the file of this release.",
        ),
    ),
    TechnicalKind.RISK_FROZEN: TechnicalWords(
        Text("Le modèle de risque est gelé : règles seules", "The risk model is frozen: rules alone"),
        Text(
            "Un oncologue lit pourquoi sur la page « Modèle », et lève le gel en son nom s'il s'en porte garant.",
            "An oncologist reads why on the page of the model, and ends the freeze by name if they answer for it.",
        ),
    ),
}

WATCHED = (
    TechnicalKind.STUCK_ALERT,
    TechnicalKind.LADDER_LATE,
    TechnicalKind.OUTBOX_LATE,
    TechnicalKind.UNDELIVERABLE,
    TechnicalKind.RULE_STORM,
)
"""What the invariant sweep looks for, and ends when it is no longer so."""

ENDS_AFTER = timedelta(hours=1)
"""A technical alert that nothing has renewed for this long is over."""

STORM = 50
"""Alerts opened or raised in one establishment within a minute. Operational: ten times what a large centre sees in an hour at a tenth of
its patients reporting."""


def sending_trouble(channel: Channel, kind: OutcomeKind) -> TechnicalKind:
    """Which technical alert a refused message raises."""
    if channel is Channel.WEB_PUSH:
        return TechnicalKind.PUSH_ADDRESS if kind is OutcomeKind.REFUSED else TechnicalKind.PUSH_REFUSED
    return TechnicalKind.EMAIL_REFUSED if channel is Channel.EMAIL else TechnicalKind.PHONE_REFUSED
