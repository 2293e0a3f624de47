"""What a file of each kind holds: its columns under their English and Chinese names, which must be there, and how a cell is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.intake.reading import values
from ledger.intake.reading.values import Code, Reader, one_of, text
from ledger.journal.models import Transaction
from ledger.lines import lines
from ledger.manifests.models import Manifest
from ledger.roster.models import Agency, Staff, Unit
from ledger.roster.prohibitions import Prohibition
from ledger.roster.services import IDENTITY

UNIT, STAFF = "unit", "staff"


@dataclass(frozen=True)
class Column:
    """A column of a kind. `marks`: another spelling of the code is remarked on; `refers`: the roster it must or should be in.

    Of records only: a `past` time is remarked on when it lies ahead, one that lies before the time of the column `after` likewise.
    """

    name: str
    chinese: tuple[str, ...]
    read: Reader
    required: bool = False
    marks: bool = False
    refers: str = ""
    past: bool = False
    after: str = ""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of file, the only one with its code. `extra_columns`: columns it does not know are kept as attributes instead of ignored.

    `key`: the column that identifies a record, for the kinds whose every delivery is kept as a version beside the transactions.
    `identified_by`: the columns that identify a row of any other kind, within its source.
    `amiss`: what is wrong with the values of a row taken together, as column and reason, where they may contradict each other.
    """

    code: str
    chinese: str
    columns: tuple[Column, ...]
    extra_columns: bool = False
    key: str = ""
    identified_by: tuple[str, ...] = ()
    amiss: Callable[[Mapping[str, Any]], tuple[str, str] | None] | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns by which a row is known again."""
        return (self.key,) if self.key else self.identified_by

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


def _must(name: str, chinese: str, read: Reader, **more: object) -> Column:
    return Column(name, tuple(chinese.split("|")), read, required=True, **more)  # type: ignore[arg-type]


def _may(name: str, chinese: str, read: Reader, **more: object) -> Column:
    return Column(name, tuple(chinese.split("|")), read, **more)  # type: ignore[arg-type]


def _line_codes() -> tuple[str, ...]:
    return tuple(lines())


def _choices(choices: type) -> Callable[[], tuple[str, ...]]:
    allowed = tuple(choices.values)  # type: ignore[attr-defined]
    return lambda: allowed


def _posting_amiss(values: Mapping[str, Any]) -> tuple[str, str] | None:
    return ("end_date", "end_before_start") if "end_date" in values and values["end_date"] < values["start_date"] else None


def _manifest_amiss(values: Mapping[str, Any]) -> tuple[str, str] | None:
    if values["last_day"] < values["first_day"]:
        return "last_day", "end_before_start"
    divided = "line" in values and values.get("of_kind", TRANSACTIONS.code) != TRANSACTIONS.code
    return ("line", "line_of_no_transactions") if divided else None


_ref = Code(40)
UNITS = Kind(
    "units",
    "单位",
    (
        _must("code", "单位编码", _ref, marks=True),
        _must("name", "名称|单位名称", text(100)),
        _must("kind", "类型|单位类型", one_of(_choices(Unit.Kind))),
        _may("parent_code", "上级编码|业务上级", _ref, marks=True),
        _may("admin_parent_code", "行政上级", _ref, marks=True),
        _may("leader_no", "负责人", _ref, marks=True),
        _may("hours", "办公时间", values.hours),
        _may("district", "行政区划", Code(12)),
    ),
    identified_by=IDENTITY["units"],
)
AGENCIES = Kind(
    "agencies",
    "机构",
    (
        _must("code", "机构编码", _ref, marks=True),
        _must("name", "名称|机构名称", text(100)),
        _must("kind", "类型|机构类型", one_of(_choices(Agency.Kind))),
        _may("unit_code", "监管单位", _ref, marks=True, refers=UNIT),
    ),
    identified_by=IDENTITY["agencies"],
)
POSTS = Kind(
    "posts",
    "岗位",
    (
        _must("code", "岗位编码", _ref, marks=True),
        _must("name", "名称|岗位名称", text(100)),
        _may("line", "业务条线", one_of(_line_codes)),
        _may("sensitive", "敏感岗位", values.flag),
    ),
    identified_by=IDENTITY["posts"],
)
STAFF_KIND = Kind(
    "staff",
    "人员",
    (
        _must("staff_no", "警号/工号|警号|工号", _ref, marks=True),
        _must("name", "姓名", text(100)),
        _must("kind", "类别|人员类别", one_of(_choices(Staff.Kind))),
        _must("unit_code", "单位|单位编码", _ref, marks=True, refers=UNIT),
        _may("responsible_no", "带辅民警", _ref, marks=True),
        _may("id_no", "身份证号", Code(30)),
        _may("phone", "电话", Code(30)),
    ),
    identified_by=IDENTITY["staff"],
)
POSTINGS = Kind(
    "postings",
    "任职",
    (
        _must("staff_no", "警号/工号|警号|工号", _ref, marks=True),
        _must("post_code", "岗位|岗位编码", _ref, marks=True),
        _must("unit_code", "单位|单位编码", _ref, marks=True, refers=UNIT),
        _must("start_date", "起始日期|任职日期", values.day),
        _may("end_date", "结束日期|免职日期", values.day),
    ),
    identified_by=IDENTITY["postings"],
    amiss=_posting_amiss,
)
SHIFTS = Kind(
    "shifts",
    "加班排班",
    (
        _must("unit_code", "单位|单位编码", _ref, marks=True, refers=UNIT),
        _must("date", "日期", values.day),
        _must("start", "开始|开始时间", values.clock),
        _must("end", "结束|结束时间", values.clock),
    ),
    identified_by=IDENTITY["shifts"],
)
TRANSACTIONS = Kind(
    "transactions",
    "业务",
    (
        _must("serial_no", "流水号", Code(64)),
        _must("line", "业务条线", one_of(_line_codes)),
        _must("action", "业务类型", text(30)),
        _may("status", "状态", one_of(_choices(Transaction.Status))),
        _must("unit_code", "办理单位", _ref, marks=True, refers=UNIT),
        _may("post_code", "岗位", _ref, marks=True),
        _must("handler_no", "经办人", _ref, marks=True, refers=STAFF),
        _may("approver_no", "审批人", _ref, marks=True, refers=STAFF),
        _may("terminal", "办理终端", text(60)),
        _may("agency_code", "机构", _ref, marks=True),
        _may("agent_id_no", "代理人证件号", _ref),
        _may("person_id_no", "当事人证件号", _ref),
        _may("plate_no", "号牌号码", Code(20)),
        _may("plate_type", "号牌种类", Code(4)),
        _may("vin", "车辆识别代号", Code(40)),
        _may("vehicle_type", "车辆类型", Code(10)),
        _must("accepted_at", "受理时间", values.moment),
        _may("finished_at", "办结时间", values.moment),
        _may("result", "结果", text(40)),
        _may("amount", "金额", values.amount),
        _may("points", "记分", values.points),
        _may("related_serial", "关联流水号", Code(64)),
    ),
    extra_columns=True,
    identified_by=("serial_no",),
)
STEPS = Kind(
    "steps",
    "环节",
    (
        _must("serial_no", "流水号", Code(64)),
        _must("seq", "序号", values.seq),
        _must("step", "环节", text(40)),
        _may("post_code", "岗位", _ref, marks=True),
        _may("staff_no", "人员|警号/工号|警号|工号", _ref, marks=True),
        _must("at", "时间", values.moment),
        _may("result", "结果", text(60)),
        _may("terminal", "办理终端|终端", text(60)),
    ),
    identified_by=("serial_no", "seq"),
)
COMPLAINTS = Kind(
    Complaint.kind,
    "投诉举报",
    (
        _must("complaint_no", "投诉编号", Code(64)),
        _must("received_at", "接收时间|投诉时间", values.moment, past=True),
        _may("channel", "渠道|投诉渠道", one_of(_choices(Complaint.Channel))),
        _must("unit_code", "被投诉单位|单位|单位编码", _ref, marks=True, refers=UNIT),
        _may("staff_no", "被投诉人|警号/工号|警号|工号", _ref, marks=True, refers=STAFF),
        _may("category", "类别|投诉类别", one_of(lambda: tuple(value for value, _title in Complaint.CATEGORIES))),
        _may("serial_no", "流水号", Code(64)),
        _may("content", "内容|投诉内容", text(4000)),
        _may("rectified_at", "整改时间", values.moment, past=True, after="received_at"),
        _may("revisited_at", "回访时间", values.moment, past=True, after="received_at"),
        _may("revisit_result", "回访结果", one_of(_choices(Complaint.RevisitResult))),
    ),
    key=Complaint.key_field,
)
DISCIPLINE = Kind(
    DisciplineCase.kind,
    "违纪",
    (
        _must("case_no", "案件编号|案号", Code(64)),
        _must("decided_at", "处理日期|处理时间", values.day_text, past=True),
        _must("staff_no", "警号/工号|警号|工号", _ref, marks=True, refers=STAFF),
        _must("unit_code", "单位|单位编码", _ref, marks=True, refers=UNIT),
        _may("prohibition", "违反严禁|严禁", one_of(_choices(Prohibition))),
        _may("decision", "处理", text(200)),
    ),
    key=DisciplineCase.key_field,
)
IMPOUNDS = Kind(
    Impound.kind,
    "扣留车辆",
    (
        _must("serial_no", "流水号", Code(64)),
        _may("tag_no", "标牌号", Code(40)),
        _may("lot", "停车场", text(100)),
        _may("reason", "事由", text(200)),
        _may("due_at", "法定期限", values.moment),
        _may("released_at", "放行时间", values.moment, past=True),
    ),
    key=Impound.key_field,
)
# Kinds whose records have an event day, so that a manifest can say how many there are.
COUNTED = (TRANSACTIONS.code, Complaint.kind, DisciplineCase.kind, Impound.kind)
MANIFESTS = Kind(
    Manifest.kind,
    "交接清单",
    (
        _must("manifest_no", "清单编号", Code(64)),
        _may("of_kind", "数据种类", one_of(lambda: COUNTED)),
        _may("line", "业务条线", one_of(_line_codes)),
        _must("first_day", "起始日期", values.day_text),
        _must("last_day", "截止日期", values.day_text),
        _must("expected", "应报数量", values.count),
    ),
    key=Manifest.key_field,
    amiss=_manifest_amiss,
)
# In dependency order: what a later kind refers to comes before it.
ROSTER = (UNITS, AGENCIES, POSTS, STAFF_KIND, POSTINGS, SHIFTS)
RECORDS = (COMPLAINTS, DISCIPLINE, IMPOUNDS, MANIFESTS)
KINDS: dict[str, Kind] = {kind.code: kind for kind in (*ROSTER, TRANSACTIONS, STEPS, *RECORDS)}
