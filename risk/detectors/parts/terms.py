"""Working days for records that belong to no business line."""

import numpy as np
import pandas as pd


def for_any_line(openings: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The openings (unit, line, day), and for rows without a line days on which their unit is open in every line it is ever open for.

    So the days of duty around the clock in one line do not become the working days of an office.
    """
    names = rows["line"].cat.categories
    if "" not in names or not (rows["line"] == "").any() or not len(openings):
        return openings
    days = openings[["unit", "line", "day"]].drop_duplicates()
    lines_of_unit = days.drop_duplicates(["unit", "line"])["unit"].value_counts()
    of_day = days.groupby(["unit", "day"], observed=True).size().rename("open").reset_index()
    everywhere = of_day[of_day["open"].to_numpy() == lines_of_unit.reindex(of_day["unit"]).to_numpy()]
    extra = pd.DataFrame({"unit": everywhere["unit"].astype(str), "line": "", "day": everywhere["day"].astype(np.int32)})
    known = pd.DataFrame({"unit": days["unit"].astype(str), "line": days["line"].astype(str), "day": days["day"]})
    both = pd.concat([known, extra], ignore_index=True)
    return both.assign(unit=both["unit"].astype("category"), line=both["line"].astype("category"))
