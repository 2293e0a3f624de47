"""A business system that calls the API, and what it sends."""

import json
from collections.abc import Sequence
from typing import Any

from django.test import Client

from ledger.intake.tokens import add_token
from tests.ledger.filing import found_town, row, step

ADDRESS = "/api/v1/transactions/"
ID_NUMBER = "430702199001011234"
# One good record of each kind, which the town of tests.ledger.filing lets in.
SAMPLES: dict[str, dict[str, Any]] = {
    "units": {"code": "S2", "name": "二中队", "kind": "squad", "parent_code": "D1", "leader_no": "070001", "hours": "08:30-17:30"},
    "agencies": {"code": "A1", "name": "检验一站", "kind": "test_station", "unit_code": "D1"},
    "posts": {"code": "P1", "name": "查验岗", "line": "inspection", "sensitive": "1"},
    "staff": {"staff_no": "070009", "name": "李明华", "kind": "auxiliary", "unit_code": "D1", "id_no": ID_NUMBER, "phone": "13912345678"},
    "postings": {"staff_no": "070001", "post_code": "P1", "unit_code": "D1", "start_date": "2026-01-05", "end_date": None},
    "shifts": {"unit_code": "W1", "date": "2026-03-07", "start": "09:00", "end": "12:00"},
    "transactions": row(amount=200.5, points=3),
    "steps": step(seq=1),
    "complaints": {"complaint_no": "C1", "received_at": "2026-03-02 09:00", "channel": "12345", "unit_code": "D1", "content": "态度不好"},
    "violations_of_discipline": {"case_no": "V1", "decided_at": "2026-03-02", "staff_no": "070001", "unit_code": "D1", "decision": "诫勉"},
    "impounds": {"serial_no": "T9", "tag_no": "B-17", "lot": "东郊停车场", "due_at": "2026-04-01 12:00"},
    "manifests": {"manifest_no": "M1", "line": "violation", "first_day": "2026-03-02", "last_day": "2026-03-08", "expected": 120},
}


class System:
    """A business system with a token, calling the API."""

    def __init__(self, secret: str, address: str = ADDRESS) -> None:
        self.secret, self.client, self.address = secret, Client(), address

    def at(self, kind: str) -> "System":
        """The same system, sending records of another kind."""
        return System(self.secret, f"/api/v1/{kind}/")

    def send(self, body: Any, key: str | None = None, **headers: str) -> Any:
        content = body if isinstance(body, bytes | str) else json.dumps(body, ensure_ascii=False)
        headers = {"Authorization": f"Token {self.secret}", **({"Idempotency-Key": key} if key is not None else {}), **headers}
        return self.client.post(self.address, data=content, content_type="application/json", headers=headers)

    def told(self, body: Any, key: str | None = None) -> dict[str, Any]:
        answer = self.send(body, key)
        assert answer.status_code == 200, answer.content
        return answer.json()


def make_system(name: str = "登记系统", source: str = "vms", scopes: Sequence[str] = ("transactions:write",)) -> System:
    """A system with a token, and the town it sends from."""
    found_town()
    return System(add_token(name=name, source=source, scopes=scopes)[1])


def states(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]
