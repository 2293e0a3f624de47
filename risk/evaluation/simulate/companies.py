"""The companies around the detachment: dealers, stations, schools, sites, intermediaries, recovery firms. Every name is generic."""

from risk.evaluation.simulate import plan

CAR_DEALERS = [
    f"{word}汽车销售公司"
    for word in [
        "诚达",
        "众驰",
        "宏运",
        "恒信",
        "嘉途",
        "联程",
        "瑞通",
        "新途",
        "远航",
        "广顺",
        "安捷",
        "祥和",
        "通泰",
        "汇众",
        "金程",
        "凯达",
        "同悦",
        "鸿图",
    ]
]
MOTORCYCLE_DEALERS = [f"{word}摩托车行" for word in ["顺风", "飞驰", "兴旺", "便民", "乡间", "富民", "好运", "康庄", "利农", "致远"]]
STATIONS = [
    f"{word}登记服务站" for word in ["城东", "城西", "城南", "城北", "桥头", "河畔", "汽贸园", "物流园", "甲县", "乙县", "丙县", "丁县"]
]
TEST_STATIONS = [
    f"{word}机动车检测站"
    for word in ["安顺", "平安", "金盾", "宏达", "通衢", "东风", "西郊", "南环", "北环", "德政", "甲县", "甲县二", "乙县", "丙县", "丁县"]
]
SCHOOLS = [
    f"{word}驾校"
    for word in [
        "顺达",
        "平安",
        "通途",
        "远大",
        "金桥",
        "众诚",
        "东湖",
        "南门",
        "城北",
        "新星",
        "阳光",
        "飞跃",
        "良友",
        "安心",
        "甲县",
        "甲县二",
        "乙县",
        "乙县二",
        "丙县",
        "丁县",
    ]
]
EXAM_SITES = [f"{word}社会考场" for word in ["城郊", "东环", "南洲", "甲县", "丙县"]]
INTERMEDIARIES = [f"{word}代办点" for word in ["众诚", "便捷", "快办", "顺手", "路路通", "万事达", "一站", "好帮手"]]
RECOVERY = [f"{word}施救服务站" for word in ["顺安", "路畅", "迅捷", "城际", "乡联", "通达", "高速", "环城"]]
_CITY_WINDOWS = [code for code in plan.REGISTRATION_WINDOWS if code.startswith("430700")]
# kind, names, is a company (else a non-profit body), supervising units in turn
AGENCIES = [
    ("dealer", CAR_DEALERS + MOTORCYCLE_DEALERS, True, list(plan.REGISTRATION_WINDOWS)[:7]),
    ("service_station", STATIONS, True, list(plan.REGISTRATION_WINDOWS)[:7]),
    ("test_station", TEST_STATIONS, True, [plan.INSPECTION_CENTRE]),
    ("driving_school", SCHOOLS, True, [plan.EXAM_CENTRE]),
    ("exam_site", EXAM_SITES, True, [plan.EXAM_CENTRE]),
    ("intermediary", INTERMEDIARIES, True, _CITY_WINDOWS),
    # The contract has no kind for firms that tow; they are stations that serve the roads.
    ("service_station", RECOVERY, True, plan.BRIGADES),
]
