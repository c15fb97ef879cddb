"""How good a detector is: measures, baselines and the truth of labelled worlds."""

from fraud.evaluate.baselines import BASELINES
from fraud.evaluate.evaluation import Evaluation, compared, evaluate
from fraud.evaluate.groups import groups_in_top
from fraud.evaluate.labels import reported

__all__ = ["BASELINES", "Evaluation", "compared", "evaluate", "groups_in_top", "reported"]
