"""Where other pages of a case are."""

from django.urls import NoReverseMatch, reverse


def case_url(number: str) -> str:
    """The page of a case; empty while the console has none."""
    try:
        return reverse("cases:case", args=[number])
    except NoReverseMatch:
        return ""
