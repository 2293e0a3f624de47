"""A synthetic detachment in the files of the data contract, with misconduct that is known.

    town = detachment(seed=1)
    output = history(town, first_day=…, last_day=…, transactions=20_000, seed=1)
    write((town, output), folder)
    trickle(town, now=…, count=5, misconduct=0.2, seed=1)

The roster is frozen; history and trickle draw what happened on it. Nothing here knows Django or a database.
"""

from risk.evaluation.simulate.history import history
from risk.evaluation.simulate.roster import Detachment, detachment
from risk.evaluation.simulate.scenarios import registered
from risk.evaluation.simulate.tables import Output, tables_of, write
from risk.evaluation.simulate.trickle import trickle

__all__ = ["Detachment", "Output", "detachment", "history", "registered", "tables_of", "trickle", "write"]
