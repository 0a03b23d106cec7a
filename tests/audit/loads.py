"""Run by a Python that has pm4py, which is AGPL and therefore kept out of ours: what it reads from an XES file."""

import json
import sys
from importlib import import_module
from typing import Any


def read(path: str) -> dict[str, Any]:
    """Cases, events, variants and outcomes, as pm4py counts them."""
    log = import_module("pm4py").read_xes(path)
    cases = log.groupby("case:concept:name")["concept:name"]
    return {
        "cases": log["case:concept:name"].nunique(),
        "events": len(log),
        "variants": sorted(map(list, cases.agg(list))),
        "roles": sorted(log["org:role"].unique()),
        "first": log["time:timestamp"].min().isoformat(),
    }


if __name__ == "__main__":
    json.dump(read(sys.argv[1]), sys.stdout)
