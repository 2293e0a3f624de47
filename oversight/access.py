"""Role × URL: the one table that says which page is open to whom, and the middleware that enforces it.

A page without a row is closed to everybody, and `manage.py check` names it.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.views import redirect_to_login
from django.core.checks import CheckMessage, Error, register
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from ledger.intake.reading.kinds import KINDS
from ledger.kit.errors import MingjingError
from ledger.roster.accounts import Role
from oversight import errors
from oversight.viewer import WATCHERS, ConsoleRequest, Viewer


class Open(Enum):
    """Pages that ask for no role."""

    PUBLIC = "also without a login"
    ANY = "to every logged-in person"
    TOKEN = "to systems with a token of their own, and to no person"


PUBLIC, ANY, TOKEN = Open.PUBLIC, Open.ANY, Open.TOKEN
Audience = frozenset[Role] | Open
INTAKE = frozenset({Role.SYSTEM_ADMIN, Role.SUPERVISOR})
QUARANTINE = INTAKE | {Role.DISCIPLINE}
BREAKERS = WATCHERS | {Role.SQUAD_LEADER, Role.UNIT_OFFICER}
DECIDING = frozenset({Role.LEADER, Role.DISCIPLINE})
SUPPRESSING = frozenset({Role.SUPERVISOR, Role.LEADER})
EVALUATING = frozenset({Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN})
CASES = WATCHERS | {Role.SQUAD_LEADER, Role.UNIT_OFFICER}
ANSWERING = frozenset({Role.SQUAD_LEADER, Role.UNIT_OFFICER})
SWEEPING = frozenset({Role.SYSTEM_ADMIN, Role.DISCIPLINE})
MEASURING = WATCHERS | {Role.UNIT_OFFICER}
PROPOSING = frozenset({Role.SUPERVISOR, Role.DISCIPLINE})
SETTLING = frozenset({Role.DISCIPLINE, Role.LEADER})
MEASURES = ("interviews", "accountability", "suspensions", "circulars", "transfers")
CHECKLIST = WATCHERS | {Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.CHECKLIST_ADMIN}
CHECKLIST_DRAFT = frozenset({Role.CHECKLIST_ADMIN, Role.LEADER})
CHECKLIST_EDITING = frozenset({Role.CHECKLIST_ADMIN})
CYCLE = WATCHERS | {Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.CHECKLIST_ADMIN, Role.AUDIT_ADMIN}
DOCUMENTS = WATCHERS | {Role.SQUAD_LEADER, Role.UNIT_OFFICER}
RULES = WATCHERS | {Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.CHECKLIST_ADMIN, Role.AUDIT_ADMIN}
RULE_HEALTH = WATCHERS | {Role.CHECKLIST_ADMIN, Role.AUDIT_ADMIN}
RULE_DRAFTS = frozenset({Role.CHECKLIST_ADMIN, Role.LEADER, Role.AUDIT_ADMIN})
RULE_EDITING = frozenset({Role.CHECKLIST_ADMIN})

TABLE: dict[str, Audience] = {
    "accounts:login": PUBLIC,
    "set_language": PUBLIC,
    "accounts:logout": ANY,
    "accounts:profile": ANY,
    "accounts:password": ANY,
    "center:workbench": ANY,
    "center:alerts": WATCHERS,
    "center:many": WATCHERS,
    "center:next": WATCHERS,
    "center:export": WATCHERS,
    "center:view-save": WATCHERS,
    "center:view-change": WATCHERS,
    "center:view-delete": WATCHERS,
    "center:kin": WATCHERS,
    "center:alert": WATCHERS,
    "center:row": WATCHERS,
    "center:preview": WATCHERS,
    "center:duty": WATCHERS,
    "center:handlers": WATCHERS,
    "center:counts": WATCHERS,
    "center:dispatch": WATCHERS,
    "center:escalate": WATCHERS,
    "center:acknowledge": WATCHERS,
    "center:check": WATCHERS,
    "center:dismiss": WATCHERS,
    "center:snooze": WATCHERS,
    "center:wake": WATCHERS,
    "center:assign": WATCHERS,
    "center:issue": WATCHERS,
    "center:confirm": WATCHERS,
    "center:return": WATCHERS,
    "center:uphold": WATCHERS,
    "center:overturn": WATCHERS,
    "center:undo": WATCHERS,
    "center:comment": WATCHERS,
    "business:search": WATCHERS,
    "business:transaction": WATCHERS,
    "business:reveal": WATCHERS,
    "business:alert": WATCHERS,
    "business:subject": WATCHERS,
    "aftercare:watches": CASES,
    "aftercare:policy": frozenset({Role.SYSTEM_ADMIN}),
    "aftercare:policy-save": frozenset({Role.SYSTEM_ADMIN}),
    "cases:dispatch": frozenset({Role.SUPERVISOR}),
    "cases:cases": CASES,
    "cases:case": CASES,
    "cases:approve": CASES,
    "cases:return": CASES,
    "cases:ask": CASES,
    "cases:propose": CASES,
    "cases:close": CASES,
    "cases:send-back": CASES,
    "cases:reopen": CASES,
    "cases:instruct": CASES,
    "cases:comment": CASES,
    "cases:hand-over": CASES,
    "cases:seal": CASES,
    "cases:unseal": CASES,
    "cases:led-by": CASES,
    "cases:led-end": CASES,
    "cases:escalate": CASES,
    "cases:party-sign": CASES,
    "cases:party-report": CASES,
    "cases:party-return": CASES,
    "cases:party-remind": CASES,
    "cases:escalations": CASES,
    "cases:escalation-receive": CASES,
    "cases:escalation-instruct": CASES,
    "cases:escalation-finish": CASES,
    "cases:policy": frozenset({Role.SYSTEM_ADMIN}),
    "cases:policy-departments": frozenset({Role.SYSTEM_ADMIN}),
    "cases:policy-save": frozenset({Role.SYSTEM_ADMIN}),
    "duty:shifts": frozenset({Role.SUPERVISOR, Role.LEADER, Role.AUDIT_ADMIN}),
    "duty:start": frozenset({Role.SUPERVISOR}),
    "duty:end": frozenset({Role.SUPERVISOR}),
    "duty:read": frozenset({Role.SUPERVISOR}),
    "duty:notices": ANY,
    "duty:notices_read": ANY,
    "intake:deliveries": INTAKE,
    "intake:sources": INTAKE,
    "intake:source": INTAKE,
    "intake:quarantine": QUARANTINE,
    "intake:quarantine_sheet": INTAKE,
    "intake:ask_discard": INTAKE,
    "intake:decide_discard": QUARANTINE,
    "intake:refused_row": QUARANTINE,
    "intake:reveal_row": QUARANTINE,
    "intake:delivery": INTAKE,
    "intake:original": frozenset({Role.SYSTEM_ADMIN}),
    "intake:upload": INTAKE,
    "intake:upload-put": INTAKE,
    "intake:upload-all": INTAKE,
    "intake:upload-change": INTAKE,
    "intake:upload-sheet": INTAKE,
    "intake:upload-try": INTAKE,
    "intake:upload-take": INTAKE,
    "intake:upload-drop": INTAKE,
    "coverage:matrix": frozenset({Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SUPERVISOR}),
    "coverage:unjudged": frozenset({Role.SUPERVISOR}),
    "breakers:breakers": BREAKERS,
    "breakers:breaker": BREAKERS,
    "breakers:propose": WATCHERS,
    "breakers:policies": WATCHERS,
    "breakers:policy": WATCHERS,
    "breakers:save": WATCHERS,
    "breakers:simulate": WATCHERS,
    "breakers:ask_policy": WATCHERS,
    "breakers:decide_policy": DECIDING,
    "breakers:trip": DECIDING,
    "breakers:lift": WATCHERS,
    "breakers:appeal": frozenset({Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.SUPERVISOR}),
    "breakers:answer": DECIDING,
    "breakers:review": WATCHERS,
    "rules:rules": RULES,
    "rules:rule": RULES,
    "rules:health": RULE_HEALTH,
    "rules:draft": RULE_DRAFTS,
    "rules:new": RULE_EDITING,
    "rules:edit": RULE_EDITING,
    "rules:discard": RULE_EDITING,
    "rules:play": RULE_EDITING,
    "rules:cancel": RULE_EDITING,
    "suppressions:suppressions": WATCHERS,
    "suppressions:suppression": WATCHERS,
    "suppressions:ask": frozenset({Role.SUPERVISOR}),
    "suppressions:decide": SUPPRESSING,
    "suppressions:end": SUPPRESSING,
    **{f"measures:{kind}{page}": MEASURING for kind in MEASURES for page in ("", "-one", "-act")},
    # The business department of a case proposes too, all but the transfer to another authority.
    **{f"measures:{kind}-propose": PROPOSING | ({Role.UNIT_OFFICER} if kind != "transfers" else frozenset()) for kind in MEASURES},
    "measures:calendar": MEASURING,
    "measures:joint": MEASURING,
    "measures:joint-mine": ANY,
    "measures:joint-points": SETTLING,
    "measures:joint-draft": SETTLING,
    "measures:joint-publish": SETTLING,
    "measures:joint-exempt": WATCHERS,
    "measures:offices": MEASURING,
    "measures:offices-change": SETTLING,
    "measures:mine": ANY,
    "measures:mine-one": ANY,
    "measures:mine-sign": ANY,
    "sweeps:sweeps": SWEEPING | {Role.SUPERVISOR, Role.AUDIT_ADMIN},
    "sweeps:order": SWEEPING,
    "sweeps:pause": SWEEPING,
    "sweeps:resume": SWEEPING,
    "sweeps:stop": SWEEPING,
    "evaluations:evaluations": EVALUATING,
    "evaluations:evaluation": EVALUATING,
    "evaluations:upload": EVALUATING,
    "evaluations:run": EVALUATING,
    "orders:orders": WATCHERS | ANSWERING,
    "orders:issue": WATCHERS,
    "orders:order": WATCHERS | ANSWERING,
    "orders:response": WATCHERS | ANSWERING,
    "orders:draft": ANSWERING,
    "orders:sign": ANSWERING,
    "orders:remind": WATCHERS | ANSWERING,
    "orders:review": WATCHERS,
    "orders:extension": ANSWERING,
    "orders:extension-decide": WATCHERS,
    "orders:objection": ANSWERING,
    "orders:objection-answer": WATCHERS,
    "orders:withdraw": WATCHERS,
    "orders:attach": ANSWERING,
    "orders:attach-begin": ANSWERING,
    "orders:attach-piece": ANSWERING,
    "orders:attachment": WATCHERS | ANSWERING,
    "orders:attachment-drop": ANSWERING,
    **{f"checklist:{page}": CHECKLIST | {Role.AUDIT_ADMIN} for page in ("items", "item", "powers", "versions", "diff", "export")},
    "checklist:coverage": CHECKLIST,
    "checklist:coverage-export": CHECKLIST,
    "checklist:draft": CHECKLIST_DRAFT,
    **{f"checklist:{act}": CHECKLIST_DRAFT for act in ("publish", "return")},
    **{f"checklist:{page}": CHECKLIST_EDITING for page in ("new", "edit", "power", "sheet", "sheet-take", "take", "waive", "release")},
    **{f"checklist:{act}": CHECKLIST_EDITING for act in ("submit", "withdraw", "discard", "roll-back")},
    "checklist:mine": ANY,
    "checklist:sign": ANY,
    "checklist:signing": WATCHERS | ANSWERING,
    "checklist:assign": ANSWERING,
    "checklist:assignment-end": ANSWERING,
    **{f"cycle:{page}": CYCLE for page in ("overview", "tasks", "export", "task", "paper", "proposals")},
    **{f"cycle:summary{page}": CYCLE for page in ("", "-print", "-word", "-pdf")},
    "cycle:summary-make": WATCHERS | {Role.UNIT_OFFICER},
    "cycle:review": frozenset({Role.SUPERVISOR, Role.UNIT_OFFICER}),
    "cycle:findings": WATCHERS,
    "cycle:note": frozenset({Role.SUPERVISOR}),
    "cycle:decide": frozenset({Role.CHECKLIST_ADMIN}),
    "cycle:terms": frozenset({Role.SYSTEM_ADMIN}),
    **{f"cycle:{act}": ANSWERING for act in ("fill", "draft", "attach", "attach-begin", "attach-piece", "paper-drop")},
    "recusal:relations": frozenset({Role.SECURITY_ADMIN, Role.DISCIPLINE, Role.AUDIT_ADMIN}),
    "recusal:ask": frozenset({Role.SECURITY_ADMIN}),
    "recusal:decide": frozenset({Role.DISCIPLINE}),
    "documents:documents": DOCUMENTS,
    "documents:document": DOCUMENTS,
    "documents:print": DOCUMENTS,
    "documents:word": DOCUMENTS,
    "documents:pdf": DOCUMENTS,
    "documents:draft": WATCHERS,
    "documents:make": WATCHERS,
    "documents:templates": frozenset({Role.SYSTEM_ADMIN}),
    "documents:template": frozenset({Role.SYSTEM_ADMIN}),
    "documents:template_file": frozenset({Role.SYSTEM_ADMIN}),
    "documents:put_back": frozenset({Role.SYSTEM_ADMIN}),
    "wall:wall": WATCHERS,
    "wall:alerts": WATCHERS,
    "wall:rules": WATCHERS,
    "wall:sources": WATCHERS,
    "wall:screen": PUBLIC,  # asks for the secret of a screen itself
    "wall:screens": frozenset({Role.SYSTEM_ADMIN}),
    "wall:revoke": frozenset({Role.SYSTEM_ADMIN}),
    "trail:entries": frozenset({Role.AUDIT_ADMIN}),
    "api:schema": PUBLIC,
    **{f"api:{kind}": TOKEN for kind in KINDS},
    "api:breakers_check": TOKEN,
    **{f"api:{read}": TOKEN for read in ("alerts", "alert", "rules", "checklist")},
}


def opens(view_name: str, roles: frozenset[Role]) -> bool:
    """Whether a logged-in person with these roles may open the page."""
    audience = TABLE.get(view_name, frozenset())
    return audience in (PUBLIC, ANY) if isinstance(audience, Open) else bool(audience & roles)


def url_names(resolver: URLResolver | None = None, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern of the project with the name by which the table knows it; unnamed ones under their pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        else:
            yield ":".join((*namespaces, entry.name or str(entry.pattern))), entry


@register
def every_page_has_its_row(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    names = {name for name, _pattern in url_names()}
    missing = [
        Error(f"The page {name} has no row in the access table.", hint="Say in oversight/access.py who may open it.", id="oversight.E001")
        for name in sorted(names - set(TABLE))
    ]
    stale = [
        Error(
            f"The access table has a row for {name}, which is no page.",
            hint="Remove the row from oversight/access.py.",
            id="oversight.E002",
        )
        for name in sorted(set(TABLE) - names)
    ]
    return [*missing, *stale]


class AccessMiddleware:
    """Lets a request through to its view only when the table opens the page to this person; errors told to people become pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: ConsoleRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in TABLE:
            raise Http404
        if TABLE[name] is TOKEN:  # the API asks for its token itself, and for no person
            return None
        if request.user.is_authenticated:
            request.viewer = Viewer(request.user, address_of(request))
        if TABLE[name] is PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _ask_to_log_in(request)
        if not opens(name, request.viewer.roles):
            return errors.no_access(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.told(request, exception) if isinstance(exception, MingjingError) else None


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """A page leads to the login and back; a fragment is told plainly, or the login would land inside the page."""
    if request.headers.get("HX-Request") or request.headers.get("Sec-Fetch-Dest") == "empty":
        return HttpResponse(
            _("Your login has ended; reload the page to log in again."), status=401, content_type="text/plain; charset=utf-8"
        )
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def address_of(request: HttpRequest) -> str:
    """The client's address as the web server knows it (behind a proxy: as the proxy said, see deploy/)."""
    return str(request.META.get("REMOTE_ADDR") or "")
