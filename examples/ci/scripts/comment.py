"""Puts a text under a pull request: as a new comment, or in place of the one that an earlier run has put there.

    python3 comment.py FILE

On GitHub it goes to the summary of the job, too. A run of a fork has a token that may not write, and none of our
secrets: there, the summary has to do.
"""

import os
import sys

from forge import Failed, github, github_event, gitlab, main, marker, need
from leave import CLASSES
from plans import PLAN, left

# GitHub takes 65,536 characters; `plan --format markdown` stays below that by itself.
LONGEST = 65_536
CUT = "\n\n…\n\nThe rest of this text is in the artifact of the run.\n"


def say(text):
    print(f"comment.py: {text}")


def put(forge, comments, own, path_of, method, body):
    """Writes the one comment. Somebody else's that begins as ours does is not ours."""
    ours = [one for one in comments if own(one) and one["body"].startswith(marker())]
    if not ours:
        forge.change("POST", path_of(None), {"body": body})
        return say("a comment is posted")
    if ours[0]["body"] == body:
        return say("the comment says so already")
    forge.change(method, path_of(ours[0]["id"]), {"body": body})
    return say("the comment is brought up to date")


def on_github(body):
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with open(summary, "a", encoding="utf-8") as file:
            file.write(body)
    event = github_event()
    pull = event.get("pull_request")
    if not pull:
        return say("this run is about no pull request")
    repository = need("GITHUB_REPOSITORY")
    source = (pull["head"].get("repo") or {}).get("full_name")
    if source != repository:
        return say("the pull request is of a fork, so the comment is in the summary alone")
    author = os.environ.get("COMMENT_AUTHOR") or "github-actions[bot]"
    issue = f"/repos/{repository}/issues"

    def path_of(comment):
        return f"{issue}/comments/{comment}" if comment else f"{issue}/{pull['number']}/comments"

    def own(comment):
        return (comment.get("user") or {}).get("login") == author

    forge = github()
    try:
        put(forge, forge.pages(path_of(None)), own, path_of, "PATCH", body)
    except Failed as error:
        if "answers 403" in str(error):
            raise Failed(f"{error} (the job needs `permissions: pull-requests: write`)") from None
        raise


def on_gitlab(body):
    request = os.environ.get("CI_MERGE_REQUEST_IID")
    if not request:
        # Whoever has started it by hand looks here.
        print(body)
        return say("this pipeline is about no merge request")
    if not os.environ.get("PGCONVERGE_TOKEN"):
        return say("there is no PGCONVERGE_TOKEN, as in a fork, so the comment is in the artifact alone")
    forge = gitlab()
    notes = f"/projects/{need('CI_PROJECT_ID')}/merge_requests/{request}/notes"
    me = forge.get("/user")["id"]

    def path_of(note):
        return f"{notes}/{note}" if note else notes

    def own(note):
        return note["author"]["id"] == me

    put(forge, forge.pages(notes), own, path_of, "PUT", body)


def footer(directory):
    """Where the comment comes from, and what else there is."""
    commit = run = ""
    if os.environ.get("GITHUB_ACTIONS"):
        pull = github_event().get("pull_request") or {}
        commit = pull.get("head", {}).get("sha") or os.environ.get("GITHUB_SHA", "")
        server, repository = os.environ.get("GITHUB_SERVER_URL", ""), need("GITHUB_REPOSITORY")
        run = f"{server}/{repository}/actions/runs/{os.environ.get('GITHUB_RUN_ID', '')}"
    else:
        commit = os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or os.environ.get("CI_COMMIT_SHA", "")
        run = os.environ.get("CI_JOB_URL", "")
    name, plans = left(directory)
    # One plan says its fingerprint itself; those of several targets have one together.
    several = f" fingerprint `{plans.fingerprint()}` of all plans;" if name == PLAN and plans.several else ""
    more = {
        PLAN: "has the whole plan as its artifact",
        None: "says more",
    }.get(name, "has the whole of it as its artifact, which is no plan that can be run")
    return f"\n<sub>Of {commit[:12]};{several} [the run]({run}) {more}.</sub>\n"


def leave(directory):
    """How leave is given, for what needs it. What the project itself refuses is another matter."""
    _, plans = left(directory)
    hazards = [hazard for _, hazard, _ in plans.hazards()] if plans else []
    classes = {one["class"] for one in hazards if one["needs_leave"] and not one["refused_by"]}
    labels = " and ".join(f"`allow {one}`" for one in CLASSES if one in classes)
    if not labels:
        return ""
    which = f"The labels {labels} give leave" if " and " in labels else f"The label {labels} gives leave"
    # GitHub begins anew when a label comes, and GitLab when it is told to.
    return f"\n{which}.\n" if os.environ.get("GITHUB_ACTIONS") else f"\n{which}, for a pipeline that begins with it.\n"


def work():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    directory = os.path.dirname(sys.argv[1])
    end = leave(directory) + footer(directory)
    room = LONGEST - len(marker()) - len(end) - 1
    if len(text) > room:
        text = text[: room - len(CUT)] + CUT
    body = f"{marker()}\n{text}{end}"
    if os.environ.get("GITHUB_ACTIONS"):
        on_github(body)
    else:
        on_gitlab(body)


if __name__ == "__main__":
    main(work)
