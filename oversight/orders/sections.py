"""What the page of a case shows of its orders: the context of orders/_case_section.html."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.cases.states import ALIVE
from oversight.orders.queries import ready
from oversight.orders.states import CENTRE
from oversight.orders.telling import head
from oversight.viewer import Viewer

TEMPLATE = "orders/_case_section.html"


def orders_of_case(case: Case, viewer: Viewer) -> dict[str, Any]:
    """{orders [see telling.head, plus requirement], issue_url or ""}, for a case the person may see."""
    now = timezone.now()
    orders = ready(case.orders.all()).order_by("-issued_at", "-id")
    may = Person.of(viewer.user, viewer.grants).may(*CENTRE, over=case.unit.path) and case.status in ALIVE
    return {
        "orders": [head(order, now) | {"requirement": order.requirement} for order in orders],
        "issue_url": f"{reverse('orders:issue')}?case={case.number}" if may else "",
    }
