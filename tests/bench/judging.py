"""What one judgement costs: the largest legal managed policies, in the shapes that cost most, beside the budget."""

import json
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any, Final

from tests.bench.figures import Row

from sealstone.policy.document import read
from sealstone.policy.evaluate import Request
from sealstone.policy.judgement import Bounds, judge

# IAM user guide, quotas: characters of a managed policy, white space not counted.
_CHARACTERS: Final = 6_144
_BUDGET: Final = 0.005
_ROUNDS: Final = 200
_CERTIFICATE: Final = f"arn:aws:iam::123456789012:server-certificate/{'ab/' * 168}{'a' * 128}"
_REQUEST: Final = Request("iam:GetServerCertificate", _CERTIFICATE, {"aws:useragent": ("ab" * 128,)})


def _allow(**more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*"} | more


# Statement by number: none of them applies, so that every one is asked, and each fails as late as it can.
_SHAPES: Final[dict[str, Callable[[int], dict[str, object]]]] = {
    "actions": lambda number: _allow(Action=f"*:*e*t*e*t*{number}"),
    "resources": lambda number: _allow(Resource=f"arn:aws:iam::*:server-certificate/*a*b*a*{number}"),
    "conditions": lambda number: _allow(Condition={"StringLike": {"aws:UserAgent": f"*a*b*a*{number}"}}),
}


def measure() -> list[Row]:
    """One row: the dearest of the shapes."""
    costs = {name: _cost(shape) for name, shape in _SHAPES.items()}
    name = max(costs, key=costs.__getitem__)
    what = f"judgement by the largest legal policy, the dearest of {len(costs)} shapes ({name})"
    return [Row(what, f"{costs[name] * 1000:.2f} ms", "", "", f"< {_BUDGET * 1000:.0f} ms", met=costs[name] < _BUDGET)]


def _cost(shape: Callable[[int], dict[str, object]]) -> float:
    """Seconds of one judgement, the median of the rounds."""
    bounds = Bounds((read(_largest(shape), managed=True),))
    used = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        judgement = judge(bounds, _REQUEST)
        used.append(time.perf_counter() - started)
        if judgement.allowed:
            raise AssertionError("the policy was to say nothing of the request")
    return median(used)


def _largest(shape: Callable[[int], dict[str, object]]) -> str:
    """As many statements of the shape as a policy may hold."""
    statements: list[Any] = []
    while len(_text((*statements, shape(len(statements))))) <= _CHARACTERS:
        statements.append(shape(len(statements)))
    return _text(statements)


def _text(statements: Iterable[object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
