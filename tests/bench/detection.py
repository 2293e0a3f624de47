"""`python -m tests.bench.detection [seeds] [effects] [transactions] [folder]`: how well the shipped rules find what `simulate` plays.

For every seed and size of effect (lists with commas; default 1,2 and 1.0) half a year of so many transactions (60,000) is
simulated, imported into a fresh embedded instance, scored as of the day after its last, peers included, and evaluated. What every run
said is kept as JSON in the folder (default: var/detection). One table at the end: recall by scenario and way, false alerts by rule,
misses with what came nearest.
"""

import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.instance import fresh_instance
from tests.servers import CHECKOUT

SEEDS, EFFECTS, TRANSACTIONS, FOLDER = "1,2", "1.0", 60_000, CHECKOUT / "var" / "detection"
DAYS, LAST_DAY, NEXT_DAY = 182, "2026-06-14", "2026-06-15"
Runs = dict[tuple[float, int], dict[str, Any]]


def measure(seed: int, effect: float, transactions: int) -> dict[str, Any]:
    """The figures of one run, and what it took: wall and CPU seconds."""
    began, used = time.monotonic(), _children()
    with tempfile.TemporaryDirectory(prefix="mingjing-files-") as files, fresh_instance() as instance:
        size = ("--transactions", str(transactions), "--days", str(DAYS), "--until", LAST_DAY)
        instance.run("simulate", "-o", files, *size, "--seed", str(seed), "--effect", str(effect))
        instance.run("import_ledger", files, "--no-score")
        instance.run("score", "--as-of", NEXT_DAY)
        figures = instance.facts("evaluate", f"{files}/labels.csv")
    return figures | {"seed": seed, "effect": effect, "seconds": round(time.monotonic() - began), "cpu_seconds": round(_children() - used)}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def summary(runs: Runs) -> list[str]:
    """A line for every run and one for all runs of an effect."""
    lines = ["effect seed  transactions  found/instances  recall   matters  precision  false per 10,000  look-alikes hit  CPU s"]
    lines += [_line(effect, str(seed), [one]) for (effect, seed), one in sorted(runs.items(), reverse=True)]
    for effect in sorted({effect for effect, _seed in runs}, reverse=True):
        lines.append(_line(effect, "all", [one for (size, _seed), one in runs.items() if size == effect]))
    return lines


def _line(effect: float, name: str, of: list[dict[str, Any]]) -> str:
    def total(key: str) -> int:
        return sum(int(one[key]) for one in of)

    hit = sum(entry["hit"] for one in of for entry in one["lookalikes"].values())
    found, instances, transactions = total("found"), total("instances"), total("transactions")
    return (
        f"{effect:6g} {name:>4} {transactions:13d}  {f'{found}/{instances}':>15}  {_share(found, instances):>6}  {total('matters'):8d}"
        f"  {_share(total('true_matters'), total('matters')):>9}  {total('false_alerts') * 10_000 / transactions:16.2f}  {hit:15d}"
        f"  {total('cpu_seconds'):5d}"
    )


def scenarios(runs: Runs) -> list[str]:
    """Found of instances by scenario, and below it by the way it was done; a column for every size of effect, the worst first."""
    effects = sorted({effect for effect, _seed in runs}, reverse=True)
    found: Counter[tuple[str, float]] = Counter()
    there: Counter[tuple[str, float]] = Counter()
    for (effect, _seed), one in runs.items():
        for name, entry in one["by_scenario"].items():
            for told, of in {name: entry, **{f"{name}.{variant}": of for variant, of in entry["by_variant"].items()}}.items():
                found[told, effect] += of["found"]
                there[told, effect] += of["instances"]
    kinds = {name for name, _effect in there if "." not in name}
    ways = {kind: sorted({name for name, _effect in there if name.startswith(f"{kind}.")}) for kind in kinds}
    lines = [f"{'scenario':<48}" + "".join(f"{f'effect {effect:g}':>14}" for effect in effects)]
    for kind in sorted(kinds, key=lambda name: ([_rate(found, there, name, effect) for effect in effects], name)):
        for name in [kind, *ways[kind]]:
            cells = (f"{found[name, effect]}/{there[name, effect]}" if there[name, effect] else "–" for effect in effects)
            lines.append(f"{name.replace(f'{kind}.', '  .'):<48}" + "".join(f"{cell:>14}" for cell in cells))
    return lines


def _rate(found: Counter[tuple[str, float]], there: Counter[tuple[str, float]], name: str, effect: float) -> float:
    return found[name, effect] / there[name, effect] if there[name, effect] else 1.0


def rules(runs: Runs) -> list[str]:
    """Rules with alerts that find nothing, over all runs, and rules in force that never spoke."""
    right: Counter[str] = Counter()
    idle: Counter[str] = Counter()
    for one in runs.values():
        for code, rule in one["by_rule"].items():
            right[code] += rule["true"]
            idle[code] += rule["false"] + rule["lookalike"]
    silent = set.intersection(*(set(one["silent_rules"]) for one in runs.values()))
    lines = ["false alerts by rule (right beside them)"]
    lines += [f"  {code:<8} {count:4d} ({right[code]})" for code, count in idle.most_common() if count]
    return [*lines, "silent in every run: " + ", ".join(sorted(silent))]


def misses(runs: Runs) -> list[str]:
    lines = ["missed (effect, seed, instance, scenario, rows; nearest alerts with the share of their evidence)"]
    for (effect, seed), one in sorted(runs.items(), reverse=True):
        for miss in one["missed"]:
            near = ", ".join(f"{close['rule']} {close['share']:.0%}" for close in miss["near"])
            lines.append(f"  {effect:4g} {seed:3d} {miss['instance']:<22} {miss['scenario']:<28} {miss['rows']:4d}  {near}".rstrip())
    return lines


def main(arguments: Sequence[str]) -> None:
    seeds, effects, transactions, folder = [*arguments, *(SEEDS, EFFECTS, str(TRANSACTIONS), str(FOLDER))[len(arguments) :]]
    kept = Path(folder)
    kept.mkdir(parents=True, exist_ok=True)
    runs: Runs = {}
    for effect in (float(text) for text in effects.split(",")):
        for seed in (int(text) for text in seeds.split(",")):
            one = runs[effect, seed] = measure(seed, effect, int(transactions))
            (kept / f"effect-{effect:g}-seed-{seed}.json").write_text(json.dumps(one, ensure_ascii=False, indent=1), encoding="utf-8")
            print(
                f"effect {effect:g}, seed {seed}: {one['found']} of {one['instances']} found, {one['false_alerts']} false alerts,"
                f" {one['cpu_seconds']} CPU s ({one['seconds']} s)",
                file=sys.stderr,
                flush=True,
            )
    for block in (summary(runs), scenarios(runs), rules(runs), misses(runs)):
        print("\n".join(block), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
