"""Before a revision is submitted, every rule whose finding changes has been played over history, or somebody said why not.

Backtests live in a higher room, which registers how to ask for one.
"""

from collections.abc import Callable

from risk.checklist.revisions.models import RevisionRule
from risk.rules.drafts.queries import judges_otherwise

Asked = Callable[[str], bool]
_asked: list[Asked] = []


def register_backtests(done: Asked) -> None:
    """`done` says whether a draft with that digest was played over history to the end."""
    _asked[:] = [done]


def played(digest: str) -> bool:
    """Whether a backtest of the draft with that digest is done; False while nobody has registered."""
    return any(done(digest) for done in _asked)


def waived(rule: RevisionRule) -> bool:
    """Whether a reason stands for the draft as it is now."""
    return bool(rule.waiver) and rule.waived_digest == rule.draft.digest


def stands_in_the_way(rule: RevisionRule) -> bool:
    """Whether the revision cannot be submitted for want of a backtest of this rule."""
    return judges_otherwise(rule.draft) and not waived(rule) and not played(rule.draft.digest)
