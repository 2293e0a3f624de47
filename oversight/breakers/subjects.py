"""What a subject of a breaker is on the roster: whether it exists, and which unit answers for it."""

from django.db.models import Model

from ledger.roster.models import Agency, Post, Posting, Staff, Unit


def exists(kind: str, code: str) -> bool:
    models: dict[str, tuple[type[Model], str]] = {
        "staff": (Staff, "staff_no"),
        "post": (Post, "code"),
        "unit": (Unit, "code"),
        "agency": (Agency, "code"),
    }
    model, field = models[kind]
    return bool(model._default_manager.filter(**{field: code}).exists())


def unit_of(kind: str, code: str, latest: int | None = None) -> Unit:
    """The unit of the latest warning, else the subject's own; the detachment for one that has none."""
    if latest is not None:
        return Unit.objects.get(pk=latest)
    codes = {
        "staff": Staff.objects.filter(staff_no=code).values("unit_code"),
        "agency": Agency.objects.filter(code=code).values("unit_code"),
        "post": Posting.objects.filter(post_code=code, end_date=None).order_by("-start_date").values("unit_code")[:1],
        "unit": Unit.objects.filter(code=code).values("code"),
    }
    own = Unit.objects.filter(code__in=codes[kind]).order_by("path").first()
    return own or Unit.objects.order_by("path")[0]
