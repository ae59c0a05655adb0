"""The words of an evaluation's page, French first, and how figures are written in each language."""

from __future__ import annotations

from app.domain.phrases import Language, pick
from app.domain.texts import Text
from app.learning.metrics import Interval
from app.scoring.words import REASONS

WORDS = {
    "title": Text("Évaluation de {model}", "Evaluation of {model}"),
    "lead": Text(
        "Probabilité, après un rapport de symptômes, d’une nouvelle toxicité de grade 3 ou plus, ou d’un passage ou d’une "
        "hospitalisation non prévus. Présenté selon TRIPOD+AI.",
        "Probability of a new grade 3 or worse toxicity, or of an unplanned visit or admission, after a symptom report. "
        "Set out after TRIPOD+AI.",
    ),
    "synthetic": Text(
        "Données synthétiques : ces patients sont inventés. Ces chiffres disent comment la méthode marche sur son propre "
        "simulateur, pas ce qu’elle ferait avec de vrais patients.",
        "Synthetic data: these patients are invented. The figures say how the method works on its own simulator, "
        "not how it would do on real patients.",
    ),
    "synthetic card": Text(
        "La carte a été apprise sur des patients synthétiques (inventés) ; les chiffres ci-dessous sont ceux de cette cohorte.",
        "The card was trained on synthetic (invented) patients; the figures below are this cohort's.",
    ),
    "auroc": Text("AUROC", "AUROC"),
    "auroc of highest": Text("AUROC de la plus forte réponse seule", "AUROC of the highest answer alone"),
    "auprc": Text("AUPRC", "AUPRC"),
    "auroc 7": Text("AUROC, 7 jours", "AUROC, 7 days"),
    "oe": Text("observés / attendus", "observed / expected"),
    "slope": Text("pente de calibration", "calibration slope"),
    "ece": Text("erreur de calibration", "calibration error"),
    "ece bins": Text("erreur de calibration (15 classes)", "calibration error (15 bins)"),
    "ece goal": Text("visé : moins de 0,01", "goal: under 0.01"),
    "brier": Text("score de Brier (en prédisant la moyenne)", "Brier score (predicting the mean)"),
    "log loss": Text("perte logarithmique", "log loss"),
    "points": Text("{n} points", "{n} points"),
    "more seen": Text(
        "d’événements vus en plus, pour +0,10 alerte par mois-patient",
        "more events seen, for +0.10 alerts per patient-month",
    ),
    "range": Text("95 % : {low} à {high}", "95 %: {low} to {high}"),
    "no range": Text("sans intervalle", "no interval"),
    "who": Text("Qui et quoi", "Whom and what"),
    "card": Text("Carte", "Card"),
    "trained": Text(
        "apprise sur {patients} patients {kind}, {events} rapports précédant un événement, {sites} sites",
        "learned from {patients} {kind} patients, {events} reports before an event, {sites} sites",
    ),
    "kind synthetic": Text("inventés (synthetic)", "invented (synthetic)"),
    "kind site": Text("d’un site", "of a site"),
    "patients": Text("Patients", "Patients"),
    "patients found": Text(
        "{n}, inclus du {first} au {last}, {months} mois-patients",
        "{n}, enrolled {first} to {last}, {months} patient-months",
    ),
    "reports": Text("Rapports", "Reports"),
    "reports found": Text(
        "{n}, dont {at_risk} où un nouvel événement pouvait survenir", "{n}, of which {at_risk} at risk of a new event"
    ),
    "known": Text("Suite connue", "Outcome known"),
    "known found": Text(
        "{days} jours : {n} rapports, {events} avant un événement", "{days} days: {n} reports, {events} before an event"
    ),
    "censoring": Text("Suivi interrompu", "Censoring"),
    "censoring found": Text(
        "un suivi qui s’arrête avant rend la suite inconnue, jamais « non »",
        "follow-up that ends first makes the outcome unknown, never a “no”",
    ),
    "rules": Text("Règles", "Rules"),
    "rules found": Text("celles du produit, version", "the product's own, version"),
    "abstained": Text("Sans chiffre", "Abstained"),
    "never abstained": Text("aucun rapport", "on no report"),
    "unusual": Text("Inhabituels", "Unusual"),
    "unusual found": Text(
        "{n} rapports marqués « peu de rapports semblables »", "{n} reports labelled “few reports like it”"
    ),
    "missing": Text("Manquants", "Missing"),
    "nothing": Text("rien", "nothing"),
    "intervals": Text("Intervalles", "Intervals"),
    "intervals found": Text(
        "95 %, {n} rééchantillonnages de patients entiers ; Wilson ou Poisson exact là où un tableau le dit",
        "95 %, {n} resamplings of whole patients; Wilson or exact Poisson where a table says so",
    ),
    "discrimination": Text("Discrimination et calibration", "Discrimination and calibration"),
    "days": Text("{n} jours", "{n} days"),
    "roc": Text("ROC, {n} jours", "ROC, {n} days"),
    "roc x": Text("signalés, parmi les rapports sans événement", "flagged, of reports without an event"),
    "roc y": Text("signalés, parmi les rapports avant un événement", "flagged, of reports before an event"),
    "model": Text("modèle", "model"),
    "chance": Text("hasard", "chance"),
    "pr": Text("Précision et rappel, {n} jours", "Precision and recall, {n} days"),
    "recall": Text("rappel", "recall"),
    "precision": Text("précision", "precision"),
    "everybody": Text("tout signaler", "flagging everybody"),
    "calibration": Text("Calibration par dixièmes, {n} jours", "Calibration by tenths, {n} days"),
    "predicted": Text("prédit", "predicted"),
    "observed": Text("observé", "observed"),
    "perfect": Text("parfait", "perfect"),
    "decision": Text("Courbe de décision, {n} jours", "Decision curve, {n} days"),
    "decision x": Text("probabilité à partir de laquelle on agirait", "probability from which one would act"),
    "decision y": Text("bénéfice net pour 1 000 rapports", "net benefit per 1,000 reports"),
    "act on everybody": Text("agir pour tous", "act on everybody"),
    "alerts": Text("Alertes et événements", "Alerts and events"),
    "no events": Text(
        "Sans events.csv, les alertes ne peuvent pas être comparées aux événements.",
        "Without events.csv, alerts cannot be set against events.",
    ),
    "alerted": Text("qui est signalé", "who is alerted"),
    "a month": Text("alertes par mois-patient", "alerts per patient-month"),
    "seen": Text("événements vus, %", "events seen, %"),
    "over rules": Text("de plus que les règles, points", "over rules, points"),
    "before": Text("jours avant", "days before"),
    "from": Text("à partir de", "from"),
    "rules, orange or red": Text("règles, orange ou rouge", "rules, orange or red"),
    "rules alone": Text("règles seules", "rules alone"),
    "model alone, as many alerts": Text("modèle seul, autant d’alertes", "model alone, as many alerts"),
    "rules or model": Text("règles ou modèle", "rules or model"),
    "seen plot": Text("Événements vus dans les 7 jours, selon les alertes", "Events seen within 7 days against alerts"),
    "events seen": Text("événements vus", "events seen"),
    "without": Text(
        "{n} % d’entre eux n’ont aucun rapport dans ces jours-là.",
        "{n} % of them have no report at all in those days.",
    ),
    "alerts lead": Text(
        "{events} événements en {months} mois-patients. Un événement est vu quand un rapport de l’un des sept jours "
        "précédents a déclenché une alerte. Le modèle n’abaisse jamais un niveau : avec les règles, il ne peut qu’ajouter "
        "des alertes.",
        "{events} events in {months} patient-months. An event is seen when a report of one of the seven days before raised an "
        "alert. The model never lowers a level; with the rules it can only add alerts.",
    ),
    "events": Text("événements", "events"),
    "subgroups": Text("Par sous-groupe", "By subgroup"),
    "subgroups lead": Text(
        "Sept jours. Observés sur attendus, intervalles de Poisson exacts ; pas d’AUROC sous dix événements. Une case de moins "
        "de 50 événements n’est pas une raison d’agir.",
        "Seven days. Observed over expected with exact Poisson intervals; no AUROC under ten events. Single cells under 50 "
        "events are no reason to act.",
    ),
    "regimens": Text("Par traitement", "By regimen"),
    "forest": Text("Observés sur attendus, 7 jours", "Observed over expected, 7 days"),
    "too few": Text("trop peu", "too few"),
    "limits": Text("Ce que ceci ne montre pas", "What this does not show"),
    "regimen": Text("traitement", "regimen"),
    "sex": Text("sexe", "sex"),
    "women": Text("femmes", "women"),
    "men": Text("hommes", "men"),
    "age": Text("âge", "age"),
    "under 65": Text("moins de 65 ans", "under 65"),
    "65 to 74": Text("65 à 74 ans", "65 to 74"),
    "75 and over": Text("75 ans et plus", "75 and over"),
    "ECOG": Text("ECOG", "ECOG"),
    "0 or 1": Text("0 ou 1", "0 or 1"),
    "2 or more": Text("2 ou plus", "2 or more"),
    "treatment": Text("traitement", "treatment"),
    "simple": Text("simple", "simple"),
    "complex": Text("complexe", "complex"),
    "time": Text("moment", "time"),
    "cycles 1 and 2": Text("cycles 1 et 2", "cycles 1 and 2"),
    "later": Text("plus tard", "later"),
    "report": Text("rapport", "report"),
    "scheduled": Text("prévu", "scheduled"),
    "spontaneous": Text("spontané", "spontaneous"),
}
LIMITS = (
    Text(
        "Les seuils du tableau des alertes sont fixés sur ces rapports mêmes : sur d’autres, la charge sera différente.",
        "The thresholds of the alert table are set on these very reports; on others the burden will differ.",
    ),
    Text(
        "Fenêtres qui se recouvrent : les rapports d’un patient ne sont pas indépendants, d’où le rééchantillonnage de patients entiers.",
        "Overlapping windows: a patient's reports are not independent, which is why patients are resampled whole.",
    ),
    Text(
        "Là où l’on répond aux alertes, un événement évité ressemble à une fausse alerte.",
        "Where alerts are acted upon, events that were avoided look like false alarms.",
    ),
    Text(
        "Le silence n’est pas un rapport : les patients qui se taisent relèvent des règles sur les rapports manqués, pas du modèle.",
        "Silence is not a report: patients who fall silent are for the rules on missed reports, not for the model.",
    ),
)


class Voice:
    """One language: words by their name, and figures with its decimal mark."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, name: str, **values: object) -> str:
        """The words of this name, with these values in them."""
        return pick(WORDS[name], self.language).format(**values)

    def named(self, name: str) -> str:
        """The word of a group or a policy; what has none (a regimen) is left as it is."""
        if name.startswith("rules or model, "):
            return f"{self('rules or model')}, {self.mark(name.removeprefix('rules or model, '))}"
        return pick(WORDS[name], self.language) if name in WORDS else name.replace("_", " ")

    def reason(self, code: str) -> str:
        """Why there is no number."""
        return pick(REASONS[code], self.language).rstrip(".") if code in REASONS else code

    def limits(self) -> list[str]:
        """What such a page does not show."""
        return [pick(one, self.language) for one in LIMITS]

    def mark(self, figure: str) -> str:
        """A figure with the decimal mark of the language."""
        return figure.replace(".", ",") if self.language == "fr" else figure

    def number(self, value: float, digits: int, *, sign: bool = False) -> str:
        """A figure with so many decimals."""
        return self.mark(f"{value:{'+' if sign else ''}.{digits}f}")

    def interval(self, found: Interval, digits: int = 2, *, percent: bool = False) -> str:
        """0.82 (0.80 to 0.83), or a dash."""
        if found.value is None:
            return "–"
        scale = 100 if percent else 1
        value = self.number(scale * found.value, digits)
        if found.low is None or found.high is None:
            return value
        to = "à" if self.language == "fr" else "to"
        return f"{value} ({self.number(scale * found.low, digits)} {to} {self.number(scale * found.high, digits)})"

    def range(self, found: Interval, digits: int, scale: float = 1) -> str:
        """The interval alone, in words."""
        if found.low is None or found.high is None:
            return self("no range")
        return self("range", low=self.number(scale * found.low, digits), high=self.number(scale * found.high, digits))
