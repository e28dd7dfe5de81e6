"""The two tables, read: subscriptions one by one, and the use of each customer-month."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from constraints.text.source import InputError, did_you_mean
from cp_pricing.fitting.retention.exposure import Floats, Integers
from cp_pricing.fitting.stays import Subscription
from cp_pricing.fitting.tables import cells
from cp_pricing.fitting.tables.cells import Dates
from cp_pricing.fitting.tables.relations import Columns, Table, connected, quoted_name, table_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

One = TypeVar("One")
Other = TypeVar("Other")
SUBSCRIPTIONS, USAGE = "subscriptions", "usage"
_SUBSCRIBED = {
    "customer": cells.TEXT,
    "start": cells.DATE,
    "end": cells.END,
    "plan": cells.LABEL,
    "term_months": cells.TERM,
    "seats": cells.SEATS,
    "reduced_flexibility": cells.FLAG,
}
_USED = {
    "customer": cells.TEXT,
    "month": cells.MONTH,
    "meter": cells.LABEL,
    "units": cells.UNITS,
}


@dataclass(frozen=True, slots=True)
class Tables:
    """How the tables are to be read: which files, and what their columns are called.

    `by` is the column of the subscriptions that tells a customer's group.
    """

    subscriptions: str
    usage: str
    by: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)
    dates: Dates = field(default_factory=Dates)


def check_columns(named: Mapping[str, str]) -> None:
    """Raise `ValueError` for a name that is no column of either table."""
    own = {SUBSCRIPTIONS: _SUBSCRIBED, USAGE: _USED}
    known = {f"{table}.{column}" for table, columns in own.items() for column in columns}
    known |= {column for columns in own.values() for column in columns}
    for name in named:
        if name not in known:
            hint = did_you_mean(name, known) or f"there are {', '.join(dict(_SUBSCRIBED | _USED))}"
            raise ValueError(f"there is no column `{name}` to be named; {hint}")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What the tables say. Customers are numbered in the order of their names.

    `groups` has the group of each customer, as their first subscription tells it. Of a
    `customer` -1 in the usage there is no subscription. `told` is the first and the last month of
    which the usage tells of somebody who was a customer then, of whatever group.
    """

    subscriptions: tuple[Subscription, ...]
    groups: tuple[str, ...]
    meters: tuple[str, ...]
    used_customer: Integers
    used_month: Integers
    used_meter: Integers
    used_units: Floats
    told: tuple[int, int] | None
    files: tuple[str, ...]

    @property
    def unsubscribed(self) -> int:
        """How many customer-months of use (of a meter each) have nobody who ever subscribed."""
        strangers = self.used_customer < 0
        return int(strangers.sum())

    @property
    def last_day(self) -> date:
        """The last day that a start, or the first day of a month of use, tells of."""
        last = max(each.start for each in self.subscriptions)
        if self.told is not None:
            month = self.told[1]
            last = max(last, date(month // 12, month % 12 + 1, 1))
        return last


def records_of(asked: Tables) -> Records:
    """Read both tables; raises `InputError` with all their faults, up to a limit for each."""
    with tempfile.TemporaryDirectory() as folder, connected(folder) as db:
        kinds = _SUBSCRIBED | ({asked.by: cells.LABEL} if asked.by else {})
        optional = frozenset(_SUBSCRIBED) - {"customer", "start", "end"}
        subscribed = Columns(SUBSCRIPTIONS, kinds, optional, asked.named, asked.dates)
        used = Columns(USAGE, _USED, frozenset({"meter"}), asked.named, asked.dates)
        tables = _both(
            lambda: table_of(db, asked.subscriptions, subscribed),
            lambda: table_of(db, asked.usage, used),
        )
        return _read(db, *tables, asked.by)


def _both(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """What two readings return; raises `InputError` with the faults of both."""
    first, second = _tried(one), _tried(other)
    faulty = [each for each in (first, second) if isinstance(each, InputError)]
    if isinstance(first, InputError) or isinstance(second, InputError):
        raise InputError(issue for each in faulty for issue in each.issues)
    return first, second


def _tried(read: Callable[[], One]) -> One | InputError:
    try:
        return read()
    except InputError as error:
        return error


def _read(db: DuckDBPyConnection, subscribed: Table, used: Table, by: str | None) -> Records:
    (subscriptions, groups), _ = _both(
        lambda: _subscriptions(db, subscribed, by), lambda: _sum_usage(db, used)
    )
    meters = tuple(
        str(row[0]) for row in db.execute("SELECT meter FROM meters ORDER BY meter").fetchall()
    )
    found = db.execute(
        "SELECT coalesce(c.number, -1)::BIGINT AS customer, u.month::BIGINT AS month,"
        " m.number::BIGINT AS meter, u.units::DOUBLE AS units"
        " FROM used u JOIN meters m USING (meter) LEFT JOIN customers c USING (customer)"
    ).fetchnumpy()
    return Records(
        subscriptions=subscriptions,
        groups=groups,
        meters=meters,
        used_customer=np.asarray(found["customer"]),
        used_month=np.asarray(found["month"]),
        used_meter=np.asarray(found["meter"]),
        used_units=np.asarray(found["units"]),
        told=_told(db),
        files=(*subscribed.names, *used.names),
    )


def _subscriptions(
    db: DuckDBPyConnection, table: Table, by: str | None
) -> tuple[tuple[Subscription, ...], tuple[str, ...]]:
    table.execute(f"CREATE TEMP TABLE subscribed AS {table.rows()}")
    if _number(db, "SELECT count(*) FROM subscribed WHERE bad"):
        table.refuse("a row cannot be read")
    if not _number(db, "SELECT count(*) FROM subscribed"):
        table.refuse("the table has no rows")
    db.execute(
        "CREATE TEMP TABLE customers AS SELECT customer,"
        " row_number() OVER (ORDER BY customer) - 1 AS number"
        " FROM (SELECT DISTINCT customer FROM subscribed)"
    )
    group = f"coalesce({quoted_name(by)}, '')" if by else "''"
    rows = db.execute(
        "SELECT number, start, \"end\", coalesce(plan, ''), term_months, seats,"
        f" coalesce(reduced_flexibility, false), {group}"
        " FROM subscribed JOIN customers USING (customer) ORDER BY ALL"
    ).fetchall()
    groups: dict[int, str] = {}
    for row in rows:
        groups.setdefault(row[0], row[-1])
    found = tuple(Subscription(*row[:-1]) for row in rows)
    return found, tuple(groups[number] for number in sorted(groups))


def _sum_usage(db: DuckDBPyConnection, table: Table) -> None:
    """Make the tables `used` and `meters`."""
    table.execute(
        "CREATE TEMP TABLE used AS SELECT customer, year(month) * 12 + month(month) - 1 AS month,"
        " coalesce(meter, '') AS meter, sum(units) AS units, bool_or(bad) AS bad"
        f" FROM ({table.rows()}) GROUP BY ALL"
    )
    if _number(db, "SELECT count(*) FROM used WHERE bad"):
        table.refuse("a row cannot be read")
    if not _number(db, "SELECT count(*) FROM used"):
        table.refuse("the table has no rows")
    db.execute(
        "CREATE TEMP TABLE meters AS SELECT meter, row_number() OVER (ORDER BY meter) - 1 AS number"
        " FROM (SELECT DISTINCT meter FROM used)"
    )


def _told(db: DuckDBPyConnection) -> tuple[int, int] | None:
    """The first and last month that tell of use, which a row of no customer does not stretch."""
    started, ended = (f"year({day}) * 12 + month({day}) - 1" for day in ("s.start", 's."end"'))
    row = db.execute(
        "SELECT min(u.month)::BIGINT, max(u.month)::BIGINT"
        " FROM used u JOIN subscribed s USING (customer)"
        f" WHERE u.month BETWEEN {started} AND coalesce({ended}, u.month)"
    ).fetchone()
    return None if row is None or row[0] is None else (int(row[0]), int(row[1]))


def _number(db: DuckDBPyConnection, sql: str) -> int:
    row = db.execute(sql).fetchone()
    return int(row[0]) if row else 0
