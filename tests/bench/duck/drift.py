from collections.abc import Mapping

from risk.detectors.base import GRID_DAYS, Spec
from tests.bench.duck.peers import LIMIT, WEEK, WORTH, angle, columns, compared, home_of, listed, logistic, logit, told
from tests.bench.duck.rows import Rows
from tests.bench.duck.sequence import truth
from tests.bench.duck.store import Store

SLACK = 0.5
BESIDE = "+"


def sql(spec: Spec, store: Store) -> str:
    """The last days against the rest of the window. The weekly sum of departures (CUSUM) is reckoned for those only who stand out."""
    rows, params = Rows(spec, store), spec.params
    group, mix = columns(rows, params.peers, "g"), columns(rows, params.case_mix, "m")
    volume = params.metric == "volume"
    matched = rows.holds(params.all, params.any)
    values = {"subject": rows.subject, "week": WEEK, **group, **mix} | ({} if volume else {"matched": truth(matched)})
    if params.company:
        beside = truth(rows.holds(params.company))
        values["subject"] = f"CASE WHEN {truth(matched)} THEN {rows.subject} ELSE '{BESIDE}' || {rows.subject} END"
        matched = [f"({truth(matched)} OR {beside})"]
    listing = rows.select(values, [rows.subject_known, *(matched if volume else [])])
    keys = ["subject", *group, *mix]
    counted = "count(*) AS o" if volume else "count(*) FILTER (matched) AS o"
    recent = f'week > "on" - {params.recent_days}'
    ctes = [
        f"weeks AS MATERIALIZED (SELECT {listed(keys, 'week')}, count(*) AS n, {counted} FROM ({listing}) GROUP BY ALL)",
        f"""placed AS MATERIALIZED (SELECT * FROM (SELECT *, unnest(range(week, week + {spec.window_days}, {GRID_DAYS})) AS "on" FROM weeks)
            WHERE "on" IN (SELECT week FROM weeks))""",
        f"""wide AS (SELECT {listed(keys, '"on"')}, sum(n) AS of_all, sum(n) FILTER ({recent}) AS n_now, sum(o) FILTER ({recent}) AS o_now,
              sum(o) AS o_all, bool_or(week = "on") AS fresh FROM placed GROUP BY ALL)""",
    ]
    ctes += _volume(spec, group, mix) if volume else _rate(spec, group, mix)
    sign = -1 if spec.op == "<=" else 1
    far = f"z * {sign} > {LIMIT}"
    ratio = f"ratio * {params.min_ratio!r} <= 1" if spec.op == "<=" else f"ratio >= {params.min_ratio!r}"
    own = f" AND NOT starts_with(subject, '{BESIDE}')" if params.company else ""
    there = "TRUE" if volume and spec.op == "<=" else "fresh"
    ctes.append(
        f"suspects AS MATERIALIZED (SELECT * FROM changed WHERE {far} AND {ratio} AND expected >= {params.min_expected!r} AND {there}{own})"
    )
    ctes += _run(spec, group, volume=volume, sign=sign)
    observed = {"ratio": "ratio", "difference": "100 * (count - expected) / total", "count": "count"}[params.measure]
    where = [f"run >= {params.run!r}", f'"on" < {store.today}']
    return f"WITH {', '.join(ctes)} {told(spec, 'lasting', observed, where)}"


def _volume(spec: Spec, group: Mapping[str, str], mix: Mapping[str, str]) -> list[str]:
    """A subject's recent number as a part of its number in the window, against that part of its peers."""
    keys = listed(["subject", *group, *mix], '"on"')
    return [
        *home_of([], list(group), "wide", rows="of_all"),
        f"now AS (SELECT {keys}, of_all AS n, coalesce(n_now, 0) AS o, fresh FROM own)",
        *compared(spec, "now", list(group), list(mix), min_peers=spec.params.min_peers),
        f"""changed AS (SELECT {listed(list(group), '"on"', "subject")}, z, fresh, total, count, total - count AS before, 0.0 AS moved,
          0.0 AS share,
              (total - count + 0.5) * share / (1 - share) AS expected, count / ((total - count + 0.5) * share / (1 - share)) AS ratio
            FROM judged WHERE peers >= {spec.params.min_peers})""",
    ]


def _rate(spec: Spec, group: Mapping[str, str], mix: Mapping[str, str]) -> list[str]:
    """Recent matched rows against the own past rate, class by class; the peers' mean change is taken off."""
    by_class, by_group = listed([*group, *mix], '"on"'), listed(list(group), '"on"')
    by_subject = listed(list(group), '"on"', "subject")
    return [
        *home_of([], list(group), "wide", rows="of_all"),
        "past AS (SELECT *, of_all - coalesce(n_now, 0) AS n_before, o_all - coalesce(o_now, 0) AS o_before FROM own)",
        f"""rated AS (SELECT *, (o_before + 5 * (sum(o_before) OVER c + 0.5) / (sum(n_before) OVER c + 1.0)) / (n_before + 5) AS rate
            FROM past WINDOW c AS (PARTITION BY {by_class}))""",
        f"""totals AS (SELECT {by_subject}, sum(coalesce(n_now, 0)) AS total, sum(coalesce(o_now, 0)) AS count, sum(n_before) AS before,
              sum(coalesce(n_now, 0) * rate) AS expected, sum(coalesce(n_now, 0) * rate * (1 - rate)) AS info, bool_or(fresh) AS fresh,
              sum(coalesce(n_now, 0) ** 2 * rate * (1 - rate) / (n_before + 5)) AS borrowed FROM rated GROUP BY ALL
            HAVING total >= {spec.min_n} AND before >= {spec.min_n} AND info > 0)""",
        f"""measured AS (SELECT *, expected / total AS share, 1 / info + borrowed / (info * info) AS sampling,
              ({angle("count")} - {angle("expected")}) / sqrt(greatest(expected / total * (1 - expected / total), {WORTH})) AS effect FROM
                totals)""",
        f"""spreads AS (SELECT {by_group}, sum(effect / sampling) / sum(1 / sampling) AS mean, count(*) - 1 AS peers,
              greatest(0, (sum(effect * effect / sampling) - sum(effect / sampling) ** 2 / sum(1 / sampling) - (count(*) - 1))
                / nullif(sum(1 / sampling) - sum(1 / sampling ** 2) / sum(1 / sampling), 0)) AS between FROM measured GROUP BY ALL)""",
        f"""changed AS (SELECT *, total * moved AS expected, count / (total * moved) AS ratio FROM (
              SELECT {by_subject}, total, count, before, share, fresh, (effect - mean) / sqrt(sampling + between) AS z,
                     {logistic(logit("share") + " + mean")} AS moved
              FROM measured JOIN spreads USING ({by_group}) WHERE peers >= {spec.params.min_peers}))""",
    ]


def _run(spec: Spec, group: Mapping[str, str], *, volume: bool, sign: int) -> list[str]:
    """CTEs to `lasting`: the suspects with the sum of weekly departures above its lowest point so far, at the last week."""
    params = spec.params
    by_subject, by_group = listed(list(group), '"on"', "subject"), listed(list(group), '"on"')
    first = f'"on" - {spec.window_days} + {GRID_DAYS}'
    weekly = f"""weekly AS (SELECT {by_subject}, week, sum(n) AS n, sum(o) AS o FROM placed GROUP BY ALL)"""
    of_suspects = f"""series AS (SELECT s.*, s.week_of AS week, coalesce(w.n, 0) AS n, coalesce(w.o, 0) AS o FROM
          (SELECT *, unnest(range({first}, "on" + 1, {GRID_DAYS})) AS week_of FROM suspects) s
          LEFT JOIN weekly w ON {" AND ".join(f"w.{name} = s.{name}" for name in ['"on"', "subject", *group])} AND w.week = s.week_of)"""
    if volume:
        others = (
            f"""of_group AS (SELECT {by_group}, week, sum(n) AS whole FROM placed SEMI JOIN suspects USING ({by_group}) GROUP BY ALL)"""
        )
        paced = f"""paced AS (SELECT *, before * others / greatest(sum(others) FILTER (week <= "on" - {params.recent_days}) OVER s, 1) AS
          pace FROM (
              SELECT series.*, coalesce(whole, 0) - n AS others FROM series LEFT JOIN of_group USING ({by_group}, week))
            WINDOW s AS (PARTITION BY {by_subject}))"""
        away = "(n - pace) / sqrt(pace + 1.0)"
        steps = [weekly, of_suspects, others, paced]
    else:
        rate = f'CASE WHEN week > "on" - {params.recent_days} THEN moved ELSE share END'
        paced = f"paced AS (SELECT *, {rate} AS rate FROM series)"
        away = "(o - n * rate) / sqrt(greatest(n * rate * (1 - rate), 1e-9) + 0.25)"
        steps = [weekly, of_suspects, paced]
    return [
        *steps,
        f"""summed AS (SELECT *, sum({sign} * {away} - {SLACK}) OVER (PARTITION BY {by_subject} ORDER BY week) AS level_so_far
            FROM paced)""",
        f"""lasting AS (SELECT {by_subject}, any_value(total) AS total, any_value(count) AS count, any_value(expected) AS expected,
          any_value(ratio) AS ratio,
              arg_max(level_so_far, week) - least(0, min(level_so_far)) AS run FROM summed GROUP BY ALL)""",
    ]
