"""Shows the hazards of a plan at the lines of the files that they come from. Ends with 3 where a step needs leave that
the plan does not have: it would be refused when it is merged.

    python3 annotate.py DIRECTORY     # with plan.json, and on GitLab check.json

On GitHub by commands of the workflow. On GitLab by a report of code quality, codequality.json, which has what `check`
finds as well. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
import os
import sys


def hazards(plan):
    """Each hazard with its place: where the object is declared, else the line that refuses it."""
    declared = {change["object"]: change["declared_at"] for change in plan["changes"]}
    for transaction in plan["transactions"]:
        for step in transaction["steps"]:
            for hazard in step["hazards"] or []:
                place = declared.get(step["object"]) or hazard["refused_by"]
                text = f"step {step['number']}, {step['title']} ({step['object']}): {hazard['message']}"
                yield place, hazard, text


def parts(place):
    """File and line of `schema/a.toml:3`."""
    file, _, line = (place or "").rpartition(":")
    return os.path.normpath(file) if file else "", int(line) if line.isdigit() else 1


def escaped(text, more=""):
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def on_github(plan):
    for place, hazard, text in hazards(plan):
        command = "error" if hazard["needs_leave"] else "notice"
        file, line = parts(place)
        where = f"file={escaped(file, ':,')},line={line}," if file else ""
        print(f"::{command} {where}title={hazard['class']}::{escaped(text)}")


def quality(rule, severity, text, file, line):
    fingerprint = hashlib.sha256(f"{rule} {file} {text}".encode()).hexdigest()
    return {
        "check_name": rule,
        "description": text,
        "severity": severity,
        "fingerprint": fingerprint,
        "location": {"path": file, "lines": {"begin": line}},
    }


def on_gitlab(directory, plan):
    issues = []
    severities = {"error": "critical", "warning": "major", "suggestion": "info"}
    for one in read(directory, "check.json")["findings"]:
        text = f"{one['object']}: {one['message']}"
        file = os.path.normpath(one["file"])
        issues.append(quality(one["rule"], severities[one["severity"]], text, file, one["line"]))
    for place, hazard, text in hazards(plan):
        file, line = parts(place)
        severity = "blocker" if hazard["needs_leave"] else "minor"
        # A report of GitLab's has no issue without a file.
        issues.append(quality(hazard["class"], severity, text, file or "pgconverge.toml", line))
    with open(os.path.join(directory, "codequality.json"), "w", encoding="utf-8") as file:
        json.dump(issues, file, indent=2)


def read(directory, name):
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        return json.load(file)


def work():
    directory = sys.argv[1]
    there = os.path.exists(os.path.join(directory, "plan.json"))
    # A plan against a revision leaves no file: it is not one to be run.
    plan = read(directory, "plan.json") if there else {"changes": [], "transactions": []}
    if os.environ.get("GITHUB_ACTIONS"):
        on_github(plan)
    else:
        on_gitlab(directory, plan)
    if any(hazard["needs_leave"] for _, hazard, _ in hazards(plan)):
        sys.exit(3)


if __name__ == "__main__":
    work()
