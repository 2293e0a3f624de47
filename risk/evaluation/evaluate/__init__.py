"""How well the alerts find what is labelled: alerts and labels in, figures out.

    figures = evaluated(read_labels(path), raised(), transactions=n)

`matching` says when an alert finds an instance, `figures` what that comes to; both are pure. `gather` asks the database, `telling` writes
it for a reader.
"""

from risk.evaluation.evaluate.figures import Figures, evaluated
from risk.evaluation.evaluate.labels import Instance, LabelsUnreadable, read_labels
from risk.evaluation.evaluate.matching import Raised, match

__all__ = ["Figures", "Instance", "LabelsUnreadable", "Raised", "evaluated", "match", "read_labels"]
