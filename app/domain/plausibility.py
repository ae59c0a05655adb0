"""What cannot be judged as it stands: values out of range, and what the rulebook does not know."""

from collections.abc import Mapping, Sequence

import msgspec

from app.domain.reports import Answer
from app.domain.rulebook import Rulebook


class Implausible(msgspec.Struct, frozen=True):
    """A measurement out of its plausible range, both bounds included in the range."""

    measurement: str
    value: float
    low: float
    high: float


def implausible(measurements: Mapping[str, float], confirmed: Sequence[str], rulebook: Rulebook) -> list[Implausible]:
    """Measurements to send back to the patient: out of range, and not confirmed as right."""
    found = []
    for id_, value in measurements.items():
        known = rulebook.measurements.get(id_)
        if known is not None and id_ not in confirmed and not known.plausible[0] <= value <= known.plausible[1]:
            found.append(Implausible(id_, value, *known.plausible))
    return found


def unknown(answers: Mapping[str, Answer], measurements: Mapping[str, float], rulebook: Rulebook) -> list[str]:
    """Paths of answers and measurements that this rulebook does not know, and that triage would therefore not see."""
    paths = [f"measurements.{id_}" for id_ in measurements if id_ not in rulebook.measurements]
    for id_, answer in answers.items():
        symptom = rulebook.symptoms.get(id_)
        if symptom is None:
            paths.append(f"answers.{id_}")
        else:
            given = (a for a in ("F", "S", "I", "A", "P") if getattr(answer, a) is not None)
            paths += [f"answers.{id_}.{a}" for a in given if a not in symptom.attributes]
    return paths
