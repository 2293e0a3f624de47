"""倒查: a sweep of years of history as one job of many parts, in the shade of live scoring."""
