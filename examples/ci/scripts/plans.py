"""What `plan --out` and `plan --format json` have written: one plan, or those of several targets."""

import hashlib
import json
import os

from forge import Failed

# What may be run, and what compares files with files and may not.
PLAN = "plan.json"
AGAINST = "against.json"
SHOWN = 3


class Plans:
    """A file of plans. Fails if it is none."""

    def __init__(self, text):
        try:
            self.document = json.loads(text)
            self.several = "groups" in self.document
            self.empty = all(plan["empty"] for _, plan in self.each())
        except (ValueError, KeyError, TypeError):
            raise Failed("what the run has left is no plan of `pgconverge plan --out`") from None

    def each(self):
        """Each plan, with the targets that it is for; one alone is for the database."""
        if not self.several:
            return [("", self.document)]
        return [(names(group["targets"]), group["plan"]) for group in self.document["groups"]]

    def fingerprint(self):
        """What tells the plan from every other, or the plans of all targets together."""
        try:
            if not self.several:
                return self.document["saved"]["fingerprint"]
            plans = self.document["plans"].items()
            each = sorted([name, plan["saved"]["fingerprint"]] for name, plan in plans)
        except (KeyError, TypeError, AttributeError):
            raise Failed("what the run has left is no plan of `pgconverge plan --out`") from None
        return hashlib.sha256(json.dumps(each).encode()).hexdigest()[:16]

    def hazards(self):
        """Each hazard with its place: where the object is declared, else the line that refuses it."""
        for targets, plan in self.each():
            declared = {change["object"]: change["declared_at"] for change in plan["changes"]}
            for transaction in plan["transactions"]:
                for step in transaction["steps"]:
                    for hazard in step["hazards"] or []:
                        place = declared.get(step["object"]) or hazard["refused_by"]
                        of = f"{targets}: " if targets else ""
                        what = f"step {step['number']}, {step['title']} ({step['object']})"
                        yield place, hazard, f"{of}{what}: {hazard['message']}"


def names(targets):
    more = f" and {len(targets) - SHOWN} more" if len(targets) > SHOWN else ""
    return ", ".join(targets[:SHOWN]) + more


def left(directory):
    """The name of the file that a job has left there, and what is in it; nothing if there is none."""
    for name in (PLAN, AGAINST):
        path = os.path.join(directory, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return name, Plans(file.read())
    return None, None
