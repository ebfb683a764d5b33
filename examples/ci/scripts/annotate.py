"""Shows what `check` finds, and the hazards of a plan, at the lines of the files that they come from. Ends with 3 where a
step needs leave that the plan does not have: it would be refused when it is merged.

    python3 annotate.py DIRECTORY     # with check.txt, and plan.json or against.json, and perhaps check.sarif

On GitHub by commands of the workflow, of which check.txt has those of `check`, and in check.sarif. On GitLab by a report of
code quality, codequality.json. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
import os
import re
import sys

from forge import main
from plans import left

COMMAND = re.compile(r"::(error|warning|notice) (?:file=([^,]*),line=(\d+),)?title=([^:]*)::(.*)")
# A report has no place for what stands in no file.
NOWHERE = "pgconverge.toml"


def parts(place):
    """File and line of `schema/a.toml:3`."""
    file, _, line = (place or "").rpartition(":")
    return os.path.normpath(file) if file else "", int(line) if line.isdigit() else 1


def escaped(text, more=""):
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def plain(text):
    for character in ":,\r\n%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def on_github(hazards):
    for place, hazard, text in hazards:
        command = "error" if hazard["needs_leave"] else "notice"
        file, line = parts(place)
        where = f"file={escaped(file, ':,')},line={line}," if file else ""
        print(f"::{command} {where}title={hazard['class']}::{escaped(text)}")


def in_sarif(path, hazards):
    """Adds hazards to the report of `check`, since code scanning takes one of a kind."""
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    run = report["runs"][0]
    seen = {}
    for place, hazard, text in hazards:
        file, line = parts(place)
        rule = f"plan-{hazard['class']}"
        hash = hashlib.sha256(f"{rule} {text}".encode()).hexdigest()[:16]
        seen[hash] = seen.get(hash, 0) + 1
        rules = run["tool"]["driver"]["rules"]
        if rule not in [one["id"] for one in rules]:
            what = {"text": f"A step of the plan: {hazard['class']}"}
            leave = {"text": f"the label `allow {hazard['class']}` gives leave, where the plan needs it"}
            rules.append({"id": rule, "shortDescription": what, "fullDescription": what, "help": leave})
        where = {"artifactLocation": {"uri": file or NOWHERE}, "region": {"startLine": line}}
        run["results"].append({
            "ruleId": rule,
            "level": "error" if hazard["needs_leave"] else "note",
            "message": {"text": text},
            "locations": [{"physicalLocation": where}],
            "partialFingerprints": {"primaryLocationLineHash": f"{hash}:{seen[hash]}"},
        })
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)


def quality(rule, severity, text, file, line):
    fingerprint = hashlib.sha256(f"{rule} {file} {text}".encode()).hexdigest()
    return {
        "check_name": rule,
        "description": text,
        "severity": severity,
        "fingerprint": fingerprint,
        "location": {"path": file or NOWHERE, "lines": {"begin": line}},
    }


def on_gitlab(directory, hazards):
    issues = []
    severities = {"error": "critical", "warning": "major", "notice": "info"}
    with open(os.path.join(directory, "check.txt"), encoding="utf-8") as file:
        for found in filter(None, map(COMMAND.match, file)):
            command, file, line, rule, text = found.groups()
            file = os.path.normpath(plain(file)) if file else ""
            issues.append(quality(plain(rule), severities[command], plain(text), file, int(line or 1)))
    for place, hazard, text in hazards:
        file, line = parts(place)
        severity = "blocker" if hazard["needs_leave"] else "minor"
        issues.append(quality(hazard["class"], severity, text, file, line))
    with open(os.path.join(directory, "codequality.json"), "w", encoding="utf-8") as file:
        json.dump(issues, file, indent=2)


def work():
    directory = sys.argv[1]
    _, plans = left(directory)
    hazards = list(plans.hazards()) if plans else []
    if os.environ.get("GITHUB_ACTIONS"):
        on_github(hazards)
    else:
        on_gitlab(directory, hazards)
    report = os.path.join(directory, "check.sarif")
    if os.path.exists(report):
        in_sarif(report, hazards)
    if any(hazard["needs_leave"] for _, hazard, _ in hazards):
        sys.exit(3)


if __name__ == "__main__":
    main(work)
