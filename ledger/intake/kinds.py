"""What a file of each kind holds: its columns under their English and Chinese names, which must be there, and how a cell is read."""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.intake import values
from ledger.intake.values import Code, Reader, one_of, text
from ledger.journal.models import Transaction
from ledger.lines import lines
from ledger.roster.models import Agency, Staff, Unit

UNIT, STAFF = "unit", "staff"


@dataclass(frozen=True)
class Column:
    """A column of a kind. `marks`: another spelling of the code is remarked on; `refers`: the roster it must or should be in."""

    name: str
    chinese: tuple[str, ...]
    read: Reader
    required: bool = False
    marks: bool = False
    refers: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of file. `extra_columns`: columns it does not know are kept as attributes instead of ignored."""

    code: str
    chinese: str
    columns: tuple[Column, ...]
    extra_columns: bool = False

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


_ref = Code(40)
UNITS = Kind(
    "units",
    "单位",
    (
        _must("code", "单位编码", _ref),
        _must("name", "名称|单位名称", text(100)),
        _must("kind", "类型|单位类型", one_of(_choices(Unit.Kind))),
        _may("parent_code", "上级编码|业务上级", _ref),
        _may("admin_parent_code", "行政上级", _ref),
        _may("leader_no", "负责人", _ref),
        _may("hours", "办公时间", values.hours),
        _may("district", "行政区划", Code(12)),
    ),
)
AGENCIES = Kind(
    "agencies",
    "机构",
    (
        _must("code", "机构编码", _ref),
        _must("name", "名称|机构名称", text(100)),
        _must("kind", "类型|机构类型", one_of(_choices(Agency.Kind))),
        _may("unit_code", "监管单位", _ref, refers=UNIT),
    ),
)
POSTS = Kind(
    "posts",
    "岗位",
    (
        _must("code", "岗位编码", _ref),
        _must("name", "名称|岗位名称", text(100)),
        _may("line", "业务条线", one_of(_line_codes)),
        _may("sensitive", "敏感岗位", values.flag),
    ),
)
STAFF_KIND = Kind(
    "staff",
    "人员",
    (
        _must("staff_no", "警号/工号|警号|工号", _ref),
        _must("name", "姓名", text(100)),
        _must("kind", "类别|人员类别", one_of(_choices(Staff.Kind))),
        _must("unit_code", "单位|单位编码", _ref, refers=UNIT),
        _may("responsible_no", "带辅民警", _ref),
        _may("id_no", "身份证号", Code(30)),
        _may("phone", "电话", Code(30)),
    ),
)
POSTINGS = Kind(
    "postings",
    "任职",
    (
        _must("staff_no", "警号/工号|警号|工号", _ref),
        _must("post_code", "岗位|岗位编码", _ref),
        _must("unit_code", "单位|单位编码", _ref, refers=UNIT),
        _must("start_date", "起始日期|任职日期", values.day),
        _may("end_date", "结束日期|免职日期", values.day),
    ),
)
SHIFTS = Kind(
    "shifts",
    "加班排班",
    (
        _must("unit_code", "单位|单位编码", _ref, refers=UNIT),
        _must("date", "日期", values.day),
        _must("start", "开始|开始时间", values.clock),
        _must("end", "结束|结束时间", values.clock),
    ),
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
)
# In dependency order: what a later kind refers to comes before it.
KINDS: dict[str, Kind] = {kind.code: kind for kind in (UNITS, AGENCIES, POSTS, STAFF_KIND, POSTINGS, SHIFTS, TRANSACTIONS, STEPS)}
