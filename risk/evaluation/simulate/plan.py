"""The plan of the invented detachment: which units, posts and companies there are, and how each unit is manned.

Size and mixture follow a mid-sized Hunan city; every name is generic.
"""

from risk.evaluation.simulate.clocks import OFFICE_HOURS

STAFF_LETTERS = {"officer": "0", "auxiliary": "F", "employee": "Z"}
COUNTIES = {"甲县": "430721", "乙县": "430722", "丙县": "430723", "丁县": "430724"}
CITY_BRIGADES = {"直属一大队": "430702", "直属二大队": "430702", "直属三大队": "430703", "高新区大队": "430702", "高速公路大队": "430703"}
CITY_SQUADS = ["一中队", "二中队", "三中队", "四中队", "事故中队"]
COUNTY_SQUADS = ["城关中队", "北片中队", "南片中队", "公路中队", "事故中队"]

DETACHMENT, CENTRE, DISCIPLINE = "430700000000", "430700010000", "430700020000"
VEHICLE_OFFICE, ORDER, ACCIDENTS, LEGAL, TECHNOLOGY, PERSONNEL = (f"4307000{number}0000" for number in (3, 4, 5, 6, 7, 8))
EXAM_CENTRE = "430700090000"

# code, name, line, sensitive
POSTS = [
    ("REG-A", "导办受理岗", "registration", "0"),
    ("REG-B", "查验岗", "registration", "1"),
    ("REG-C", "登记审核岗", "registration", "1"),
    ("REG-D", "牌证管理岗", "registration", "1"),
    ("REG-E", "档案管理岗", "registration", "1"),
    ("REG-F", "嫌疑车辆调查岗", "registration", "0"),
    ("EXM-A", "预约受理岗", "exam", "0"),
    ("EXM-B", "派考岗", "exam", "1"),
    ("EXM-C", "科目一/四考试员", "exam", "1"),
    ("EXM-D", "科目二考试员", "exam", "1"),
    ("EXM-E", "科目三考试员", "exam", "1"),
    ("EXM-F", "监督岗", "exam", "1"),
    ("EXM-G", "考试系统管理", "exam", "1"),
    ("EXM-H", "驾驶证审核制证岗", "exam", "0"),
    ("EXM-J", "审验教育与满分学习岗", "exam", "0"),
    ("INS-C", "检验监管审核岗", "inspection", "1"),
    ("INS-D", "标志核发岗", "inspection", "0"),
    ("INS-E", "检验机构监管岗", "inspection", "0"),
    ("INS-F", "变更查验岗", "inspection", "0"),
    ("ACC-A", "接处警岗", "accident", "0"),
    ("ACC-B", "现场勘查岗", "accident", "1"),
    ("ACC-C", "事故办案岗", "accident", "1"),
    ("ACC-D", "送达岗", "accident", "0"),
    ("ACC-E", "事故车辆管理岗", "accident", "0"),
    ("ACC-F", "调解岗", "accident", "1"),
    ("ACC-G", "复核岗", "accident", "0"),
    ("ACC-H", "审批岗", "accident", "1"),
    ("VIO-A", "路面执勤岗", "violation", "1"),
    ("VIO-B", "酒驾查处岗", "violation", "1"),
    ("VIO-C", "非现场采集审核岗", "violation", "1"),
    ("VIO-D", "违法处理窗口岗", "violation", "1"),
    ("VIO-E", "违法信息维护岗", "violation", "1"),
    ("VIO-F", "罚缴对账岗", "violation", "1"),
    ("VIO-G", "扣车管理岗", "violation", "1"),
    ("VIO-H", "教育纠处岗", "violation", "0"),
    ("VIO-J", "违法审批岗", "violation", "1"),
    ("COM-A", "系统管理岗", "", "1"),
    ("COM-B", "二层单位负责人", "", "0"),
    ("COM-C", "投诉承办岗", "", "1"),
    ("COM-D", "监管中心监管员", "", "1"),
    ("COM-F", "数据接入岗", "", "1"),
    ("COM-R", "带辅民警", "", "0"),
    ("COM-W", "窗口负责人", "", "0"),
]

# posts whose work auxiliaries and employees may do in their own name; all others belong to officers
CLERICAL = {"REG-A", "REG-D", "REG-E", "EXM-A", "EXM-J", "INS-D", "ACC-A", "ACC-D", "ACC-E", "VIO-C", "VIO-F", "VIO-G"}

OFFICER, AUXILIARY, EMPLOYEE = "officer", "auxiliary", "employee"
# kind of staff, posts, how many; the first person of the first entry leads the unit
CREW_LARGE_REGISTRATION = [
    (OFFICER, "COM-W+REG-C", 1), (OFFICER, "REG-C", 3), (OFFICER, "REG-B", 3), (OFFICER, "REG-A", 2), (AUXILIARY, "REG-A", 6),
    (AUXILIARY, "REG-D", 2), (EMPLOYEE, "REG-E", 2),
]  # fmt: skip
CREW_REGISTRATION = [
    (OFFICER, "COM-W+REG-C", 1), (OFFICER, "REG-C", 2), (OFFICER, "REG-B", 2), (OFFICER, "REG-A", 1), (AUXILIARY, "REG-A", 3),
    (AUXILIARY, "REG-D+REG-E", 2),
]  # fmt: skip
CREW_COUNTY_REGISTRATION = [
    (OFFICER, "COM-W+REG-C", 1), (OFFICER, "REG-C", 1), (OFFICER, "REG-B", 1), (OFFICER, "REG-A+EXM-H", 1), (AUXILIARY, "REG-A+EXM-J", 2),
    (AUXILIARY, "REG-D+REG-E", 1), (OFFICER, "EXM-H", 1),
]  # fmt: skip
CREW_ONE_OFFICER = [(OFFICER, "COM-W+REG-A+REG-B+REG-C", 1), (EMPLOYEE, "REG-D+REG-E", 1)]
CREW_LICENCE = [
    (OFFICER, "COM-W+EXM-H", 1), (OFFICER, "EXM-H", 4), (AUXILIARY, "EXM-J", 2), (AUXILIARY, "EXM-A", 2), (EMPLOYEE, "REG-D", 1),
]  # fmt: skip
CREW_VIOLATION_WINDOW = [(OFFICER, "COM-W+VIO-D+VIO-J", 1), (OFFICER, "VIO-D", 3), (AUXILIARY, "VIO-F", 2)]
CREW_SMALL_VIOLATION_WINDOW = [(OFFICER, "COM-W+VIO-D+VIO-J", 1), (OFFICER, "VIO-D", 1), (AUXILIARY, "VIO-F", 1)]
CREW_INSPECTION = [
    (OFFICER, "COM-W+INS-C", 1), (OFFICER, "INS-C", 7), (OFFICER, "INS-F", 2), (OFFICER, "INS-E", 2), (AUXILIARY, "INS-D", 4),
]  # fmt: skip
CREW_ROAD_SQUAD = [
    (OFFICER, "COM-B+VIO-A+VIO-J", 1),
    (OFFICER, "VIO-A+VIO-B+VIO-H", 2),
    (AUXILIARY, "VIO-A+VIO-G", 1),
    (AUXILIARY, "VIO-A+VIO-C", 1),
]
CREW_LARGE_ROAD_SQUAD = [
    (OFFICER, "COM-B+VIO-A+VIO-J", 1), (OFFICER, "VIO-A+VIO-B+VIO-H", 4), (AUXILIARY, "VIO-A+VIO-G", 2), (AUXILIARY, "VIO-A+VIO-C", 1),
]  # fmt: skip
CREW_SMALL_ROAD_SQUAD = [(OFFICER, "COM-B+VIO-A+VIO-J", 1), (OFFICER, "VIO-A+VIO-B+VIO-H", 1), (AUXILIARY, "VIO-A+VIO-G+VIO-C", 1)]
CREW_ACCIDENT_SQUAD = [
    (OFFICER, "COM-B+ACC-C+ACC-H", 1), (OFFICER, "ACC-B+ACC-C", 2), (OFFICER, "ACC-B+ACC-F", 1), (AUXILIARY, "ACC-A+ACC-D", 1),
    (AUXILIARY, "ACC-E", 1),
]  # fmt: skip
CREW_LARGE_ACCIDENT_SQUAD = [
    (OFFICER, "COM-B+ACC-C+ACC-H", 1), (OFFICER, "ACC-B+ACC-C", 3), (OFFICER, "ACC-B+ACC-F", 2), (AUXILIARY, "ACC-A+ACC-D", 2),
    (AUXILIARY, "ACC-E", 1),
]  # fmt: skip
CREW_BRIGADE = [(OFFICER, "COM-B+VIO-J+ACC-H", 1), (OFFICER, "VIO-C+COM-C", 1), (AUXILIARY, "VIO-C", 2)]


def _exam_crew(post: str, examiners: int) -> list[tuple[str, str, int]]:
    return [(OFFICER, f"COM-W+{post}", 1), (OFFICER, post, examiners - 1), (AUXILIARY, "EXM-A", 2)]


# code, name, hours, kind, parent_code, admin_parent_code, district
UNITS: list[tuple[str, ...]] = []
CREWS: dict[str, list[tuple[str, str, int]]] = {}
# how much work each does, relative to the others of its kind
ROAD_SQUADS: dict[str, float] = {}
ACCIDENT_SQUADS: dict[str, float] = {}
BRIGADES: list[str] = []
REGISTRATION_WINDOWS: dict[str, float] = {}
LICENCE_WINDOWS: dict[str, float] = {}
VIOLATION_WINDOWS: dict[str, float] = {}
INSPECTION_CENTRE = "430700030600"
EXAM_GROUPS = {"subject1": "430700090100", "subject4": "430700090100", "subject2": "430700090200", "subject3": "430700090300"}
LICENCE_WINDOW = "430700030500"
ONE_OFFICER_WINDOW = "430724900000"
SATURDAY_WINDOWS = ["430700030100", LICENCE_WINDOW]


def _unit(code: str, name: str, kind: str, parent: str, crew: list, *, admin: str = "", district: str = "430700", hours: str = "") -> str:
    UNITS.append((code, name, hours or (OFFICE_HOURS if kind not in {"brigade", "squad"} else ""), kind, parent, admin, district))
    CREWS[code] = crew
    return code


def _head_office() -> None:
    _unit(DETACHMENT, "交警支队", "detachment", "", [(OFFICER, "COM-B", 5)])
    _unit(
        CENTRE,
        "大监管中心",
        "supervision_centre",
        DETACHMENT,
        [(OFFICER, "COM-B+COM-D", 1), (OFFICER, "COM-D", 7), (AUXILIARY, "COM-F", 2)],
    )
    _unit(DISCIPLINE, "纪检监察室", "discipline", DETACHMENT, [(OFFICER, "COM-B", 1), (OFFICER, "COM-C", 4)])
    _unit(VEHICLE_OFFICE, "车辆管理所", "department", DETACHMENT, [(OFFICER, "COM-B", 1), (OFFICER, "COM-C", 1), (OFFICER, "REG-F", 2)])
    _unit(ORDER, "秩序管理科", "department", DETACHMENT, [(OFFICER, "COM-B+VIO-J", 1), (OFFICER, "VIO-C", 3), (AUXILIARY, "VIO-C", 5)])
    _unit(ACCIDENTS, "事故处理科", "department", DETACHMENT, [(OFFICER, "COM-B+ACC-H", 1), (OFFICER, "ACC-G", 4)])
    _unit(LEGAL, "法制大队", "department", DETACHMENT, [(OFFICER, "COM-B+VIO-J", 1), (OFFICER, "VIO-E", 4)])
    _unit(TECHNOLOGY, "科技信息科", "department", DETACHMENT, [(OFFICER, "COM-B", 1), (OFFICER, "COM-A", 2), (EMPLOYEE, "COM-F", 2)])
    _unit(PERSONNEL, "政工科", "department", DETACHMENT, [(OFFICER, "COM-B", 1), (OFFICER, "COM-C", 2), (EMPLOYEE, "COM-F", 1)])
    _unit(EXAM_CENTRE, "考试管理中心", "department", DETACHMENT, [
        (OFFICER, "COM-B", 1), (OFFICER, "EXM-F", 4), (OFFICER, "EXM-B", 2), (OFFICER, "EXM-G", 1), (AUXILIARY, "EXM-A", 3),
    ])  # fmt: skip


def _city_windows() -> None:
    REGISTRATION_WINDOWS[_unit("430700030100", "车管所登记窗口", "window", VEHICLE_OFFICE, CREW_LARGE_REGISTRATION)] = 30
    REGISTRATION_WINDOWS[_unit("430700030200", "城东登记窗口", "window", VEHICLE_OFFICE, CREW_REGISTRATION, district="430702")] = 17
    REGISTRATION_WINDOWS[_unit("430700030300", "城西登记窗口", "window", VEHICLE_OFFICE, CREW_REGISTRATION, district="430702")] = 14
    REGISTRATION_WINDOWS[_unit("430700030400", "新区登记窗口", "window", VEHICLE_OFFICE, CREW_REGISTRATION, district="430703")] = 9
    LICENCE_WINDOWS[_unit(LICENCE_WINDOW, "车管所驾驶证窗口", "window", VEHICLE_OFFICE, CREW_LICENCE)] = 70
    _unit(INSPECTION_CENTRE, "检验监管中心", "window", VEHICLE_OFFICE, CREW_INSPECTION)
    for subject, name, post, examiners in [
        ("subject1", "科目一四考试组", "EXM-C", 6),
        ("subject2", "科目二考试组", "EXM-D", 8),
        ("subject3", "科目三考试组", "EXM-E", 9),
    ]:
        _unit(EXAM_GROUPS[subject], name, "window", EXAM_CENTRE, _exam_crew(post, examiners))
    VIOLATION_WINDOWS[_unit("430700040100", "市民中心违法处理窗口", "window", ORDER, CREW_VIOLATION_WINDOW)] = 26


def _squad(squad: str, index: int, brigade: int) -> tuple[list, float, dict[str, float]]:
    """Crew, relative work and register of a squad: the first of a brigade are large, the outlying ones small."""
    if squad == "事故中队":
        return (CREW_LARGE_ACCIDENT_SQUAD, 2.2, ACCIDENT_SQUADS) if brigade <= 3 else (CREW_ACCIDENT_SQUAD, 1.0, ACCIDENT_SQUADS)
    if index == 1:
        return CREW_LARGE_ROAD_SQUAD, 2.0, ROAD_SQUADS
    return (CREW_SMALL_ROAD_SQUAD, 0.5, ROAD_SQUADS) if index == 4 else (CREW_ROAD_SQUAD, 1.0, ROAD_SQUADS)


def _brigades() -> None:
    for number, (name, district) in enumerate(
        (CITY_BRIGADES | {f"{county}大队": code for county, code in COUNTIES.items()}).items(), start=1
    ):
        county = name[:2] if name[:2] in COUNTIES else ""
        bureau = f"{district}000000" if county else ""
        base = f"{district[:4]}{district[4:] if county else '00'}{number + 10}0000"
        if county:
            _unit(bureau, f"{county}公安局", "department", "", [(OFFICER, "COM-B", 1)], district=district)
        BRIGADES.append(_unit(base, name, "brigade", DETACHMENT, CREW_BRIGADE, admin=bureau, district=district))
        for index, squad in enumerate(COUNTY_SQUADS if county else CITY_SQUADS, start=1):
            crew, work, kind = _squad(squad, index, number)
            kind[_unit(f"{base[:8]}0{index}00", f"{name}{squad}", "squad", base, crew, district=district)] = work
        if county:
            small = county == "丁县"
            code = ONE_OFFICER_WINDOW if small else f"{district}900000"
            REGISTRATION_WINDOWS[
                _unit(code, f"{county}车管窗口", "window", base, CREW_ONE_OFFICER if small else CREW_COUNTY_REGISTRATION, district=district)
            ] = 0.3 if small else 9
            if not small:
                LICENCE_WINDOWS[code] = 10
        if number in (1, 2, 3) or county:
            crew = CREW_SMALL_VIOLATION_WINDOW if county else CREW_VIOLATION_WINDOW
            VIOLATION_WINDOWS[_unit(f"{base[:8]}9000", f"{name}违法处理窗口", "window", base, crew, district=district)] = (
                8 if county else 14
            )


_head_office()
_city_windows()
_brigades()
# people of the roster who hold no post yet when the history begins: kind of staff, posts, unit
RESERVE = [
    (OFFICER, "EXM-D", EXAM_GROUPS["subject2"]),
    (OFFICER, "EXM-E", EXAM_GROUPS["subject3"]),
    (OFFICER, "INS-C", INSPECTION_CENTRE),
    (OFFICER, "VIO-D", "430700040100"),
    (AUXILIARY, "REG-A", "430700030100"),
    (AUXILIARY, "REG-A", "430700030200"),
    (AUXILIARY, "REG-A", "430700030300"),
    (OFFICER, "VIO-A+VIO-B+VIO-H", next(iter(ROAD_SQUADS))),
    (OFFICER, "VIO-A+VIO-B+VIO-H", list(ROAD_SQUADS)[4]),
    (OFFICER, "VIO-A+VIO-B+VIO-H", list(ROAD_SQUADS)[8]),
]
PARENTS = {unit[0]: unit[4] for unit in UNITS}
NAMES = {unit[0]: unit[1] for unit in UNITS}
POST_NAMES = {post[0]: post[1] for post in POSTS}
