"""The models of CP-SAT in MiniZinc, solved by Gecode with floats: its integers have 32 bits."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ortools.sat.python import cp_model_helper as cp_sat

_SMALL = 1_000_000
_SECONDS = 10


@dataclass(frozen=True)
class Solved:
    """What MiniZinc found, and its seconds for flattening and for solving."""

    status: str
    objective: float | None
    flattening: float
    solving: float


def available() -> bool:
    return shutil.which("minizinc") is not None


def solved(proto: cp_sat.CpModelProto) -> Solved:
    """One model, in a process of its own; the times are those that it reports itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.mzn")
        path.write_text(_text(proto), encoding="utf-8")
        command = ["minizinc", "--solver", "gecode", "--statistics", "--time-limit"]
        done = subprocess.run(  # noqa: S603 - the program that is measured
            [*command, str(1000 * _SECONDS), str(path)], capture_output=True, text=True, check=False
        )
    return _read(done.stdout)


def _read(output: str) -> Solved:
    times = {
        name: float(value) for name, value in re.findall(r"%%%mzn-stat: (\w+)=([\d.]+)", output)
    }
    values = re.findall(r"^objective=(-?[\d.e+-]+)", output, re.MULTILINE)
    if "=====UNSATISFIABLE=====" in output:
        status = "INFEASIBLE"
    else:
        status = "OPTIMAL" if "==========" in output else "UNKNOWN"
    return Solved(
        status,
        float(values[-1]) if values else None,
        times.get("flatTime", 0.0),
        times.get("solveTime", 0.0),
    )


def _text(proto: cp_sat.CpModelProto) -> str:
    lines = []
    for place, variable in enumerate(proto.variables):
        low, *_, high = variable.domain
        if (low, high) in {(0, 1), (0, 0), (1, 1)}:
            lines.append(f"var bool: b{place};")
            lines.append(f"var {low}..{high}: v{place} = bool2int(b{place});")
        elif low >= -_SMALL and high <= _SMALL:
            lines.append(f"var {low}..{high}: v{place};")
        else:
            lines.append(f"var {float(low)}..{float(high)}: v{place};")
    lines += [_constraint(constraint) for constraint in proto.constraints]
    objective = _sum(proto.objective.vars, proto.objective.coeffs)
    if proto.objective.vars:
        lines.append(f"solve minimize {objective};")
        lines.append(f'output ["objective=\\({objective})\\n"];')
    else:
        lines.append("solve satisfy;")
    return "\n".join(lines)


def _constraint(constraint: cp_sat.ConstraintProto) -> str:
    guards = " /\\ ".join(map(_literal, constraint.enforcement_literal))
    body = _body(constraint)
    return f"constraint ({guards}) -> ({body});" if guards else f"constraint {body};"


def _body(constraint: cp_sat.ConstraintProto) -> str:
    if constraint.has_linear():
        row = constraint.linear
        total, (low, *_, high) = _sum(row.vars, row.coeffs), row.domain
        sides = [f"{total} >= {float(low)}"] * (low > -(1 << 62))
        sides += [f"{total} <= {float(high)}"] * (high < (1 << 62) - 1)
        return " /\\ ".join(sides) or "true"
    if constraint.has_int_prod():
        left, right = map(_affine, constraint.int_prod.exprs)
        return f"{_affine(constraint.int_prod.target)} = ({left}) * ({right})"
    if constraint.has_lin_max():
        parts = ", ".join(map(_affine, constraint.lin_max.exprs))
        return f"{_affine(constraint.lin_max.target)} = max([{parts}])"
    return " \\/ ".join(map(_literal, constraint.bool_or.literals)) or "false"


def _literal(literal: int) -> str:
    return f"b{literal}" if literal >= 0 else f"not b{-literal - 1}"


def _affine(expression: cp_sat.LinearExpressionProto) -> str:
    return f"{_sum(expression.vars, expression.coeffs)} + {float(expression.offset)}"


def _sum(variables: list[int], coefficients: list[int]) -> str:
    terms = zip(variables, coefficients, strict=True)
    return " + ".join(f"{float(c)} * v{v}" for v, c in terms) or "0.0"
