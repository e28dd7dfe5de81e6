"""Months at risk in, models of who leaves when out; not where the months come from."""
