"""Reading backtests of drafts."""

from risk.backtest.models import BacktestRun


def done_for(digest: str) -> BacktestRun | None:
    """The latest finished run of exactly this content, with what came of it."""
    return BacktestRun.objects.filter(digest=digest, state=BacktestRun.State.DONE).order_by("-id").first()


def latest_for(digest: str) -> BacktestRun | None:
    """The latest run of exactly this content, whatever became of it."""
    return BacktestRun.objects.filter(digest=digest).order_by("-id").first()
