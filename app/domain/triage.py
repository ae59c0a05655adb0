"""The judgement: answers, chart and rules to a verdict."""

from app.domain.verdicts import Fired, Grade, Recipient, TriageLevel, Verdict

__all__ = ["Fired", "Grade", "Recipient", "TriageLevel", "Verdict"]
