"""Fetches the plan that was reviewed, when its pull request is merged.

    python3 reviewed_plan.py FILE

It is the artifact of the newest run for the commit that was merged, if that run has succeeded and was this
repository's own; and it has to be the plan whose fingerprint the comment under the pull request has. For a plan that was
made anew afterwards, it is the artifact of the run PLAN_RUN (GitHub); and of the same pipeline, where that was started by
hand, or else of the job PLAN_RUN (GitLab).

Where the plan has nothing to do, no FILE is written.
"""

import io
import os
import sys
import urllib.parse
import zipfile

from forge import Failed, github, gitlab, main, marker, need
from plans import PLAN, Plans


def of_github():
    forge, repository = github(), need("GITHUB_REPOSITORY")
    base = f"/repos/{repository}"
    chosen = os.environ.get("PLAN_RUN")
    if chosen:
        run = forge.get(f"{base}/actions/runs/{urllib.parse.quote(chosen)}")
    else:
        commit = need("GITHUB_SHA")
        pulls = forge.get(f"{base}/commits/{commit}/pulls?per_page=100")
        merged = [one for one in pulls if one["merged_at"]]
        if not merged:
            raise Failed(f"no pull request has brought {commit}; PLAN_RUN may name the run of a plan")
        pull = max(merged, key=lambda one: one["merged_at"])
        run = newest_run(forge, base, pull["head"]["sha"])
    told = run.get("html_url", "the run")
    if run.get("conclusion") != "success":
        raise Failed(f"{told} has not succeeded, so its plan is not one to be run")
    if (run.get("head_repository") or {}).get("full_name") != repository:
        raise Failed(f"{told} is of a fork, which makes no plan that may be run here")
    name = f"pgconverge-{os.environ.get('NAME') or 'schema'}"
    found = forge.get(f"{base}/actions/runs/{run['id']}/artifacts?name={urllib.parse.quote(name)}")
    found = [one for one in found["artifacts"] if one["name"] == name]
    kept = [one for one in found if not one["expired"]]
    if not kept:
        state = "is not kept any more" if found else "is not there"
        raise Failed(f"the artifact {name} of {told} {state}")
    newest = max(kept, key=lambda one: one["id"])
    archive = forge.download(f"{base}/actions/artifacts/{newest['id']}/zip")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            text = files.read(PLAN)
    except (zipfile.BadZipFile, KeyError):
        raise Failed(f"the artifact {name} of {told} has no {PLAN}") from None
    if not chosen:
        comments = forge.pages(f"{base}/issues/{pull['number']}/comments")
        author = os.environ.get("COMMENT_AUTHOR") or "github-actions[bot]"
        agree(text, [one["body"] for one in comments if (one["user"] or {}).get("login") == author])
    return text


def newest_run(forge, base, commit):
    workflow = urllib.parse.quote(need("PLAN_WORKFLOW"))
    runs = forge.get(
        f"{base}/actions/workflows/{workflow}/runs?event=pull_request&head_sha={commit}&per_page=100"
    )["workflow_runs"]
    if not runs:
        raise Failed(f"no run of {need('PLAN_WORKFLOW')} has made a plan for {commit}")
    return max(runs, key=lambda run: (run["created_at"], run["id"]))


def of_gitlab():
    forge = gitlab()
    base = f"/projects/{need('CI_PROJECT_ID')}"
    chosen = os.environ.get("PLAN_RUN")
    name = os.environ.get("PLAN_JOB") or "pgconverge-plan"
    if chosen:
        job = forge.get(f"{base}/jobs/{urllib.parse.quote(chosen)}")
        return of_job(forge, base, name, [job], f"the job {chosen}")
    if os.environ.get("CI_PIPELINE_SOURCE") == "web":
        pipeline = need("CI_PIPELINE_ID")
        return of_job(forge, base, name, forge.pages(f"{base}/pipelines/{pipeline}/jobs"), "this pipeline")
    commit = need("CI_COMMIT_SHA")
    requests = forge.get(f"{base}/repository/commits/{commit}/merge_requests")
    merged = [one for one in requests if one["state"] == "merged"]
    if not merged:
        raise Failed(f"no merge request has brought {commit}; PLAN_RUN may name the job of a plan")
    request = max(merged, key=lambda one: one["iid"])
    if request["source_project_id"] != request["target_project_id"]:
        raise Failed(f"!{request['iid']} is of a fork, which makes no plan that may be run here")
    told = f"!{request['iid']}"
    pipelines = forge.get(f"{base}/merge_requests/{request['iid']}/pipelines?per_page=100")
    # One of a merge train begins after the review, and makes no plan.
    pipelines = [
        one
        for one in pipelines
        if one["source"] == "merge_request_event" and not one["ref"].endswith("/train")
    ]
    if not pipelines:
        raise Failed(f"no pipeline has made a plan for {told}")
    newest = max(pipelines, key=lambda one: one["id"])
    # One of the result of the merge is of a commit of its own.
    if newest["sha"] != request["sha"] and not newest["ref"].endswith("/merge"):
        raise Failed(f"the newest pipeline of {told} is not of the commit that was merged")
    text = of_job(forge, base, name, forge.pages(f"{base}/pipelines/{newest['id']}/jobs"), told)
    me = forge.get("/user")["id"]
    notes = forge.pages(f"{base}/merge_requests/{request['iid']}/notes")
    agree(text, [one["body"] for one in notes if one["author"]["id"] == me])
    return text


def of_job(forge, base, name, jobs, told):
    """What the job of that name has left, among those that `told` has."""
    jobs = [one for one in jobs if one["name"] == name]
    if not jobs or jobs[0]["status"] != "success":
        raise Failed(f"the job {name} of {told} has not succeeded, so there is no plan that may be run")
    path = urllib.parse.quote(f"{os.environ.get('OUT') or 'pgconverge-out'}/{PLAN}")
    return forge.download(f"{base}/jobs/{jobs[0]['id']}/artifacts/{path}")


def agree(text, comments):
    """The plan is the one that reviewers have seen."""
    plans = Plans(text)
    if plans.empty:
        return
    ours = [body for body in comments if body.startswith(marker())]
    if not ours:
        raise Failed("no comment under the pull request shows the plan, so nobody has reviewed it")
    fingerprint = plans.fingerprint()
    if f"fingerprint `{fingerprint}`" not in ours[0]:
        raise Failed(f"the comment under the pull request is about another plan than {fingerprint}")


def work():
    text = of_github() if os.environ.get("GITHUB_ACTIONS") else of_gitlab()
    plans = Plans(text)
    fingerprint = plans.fingerprint()
    if plans.empty:
        print("reviewed_plan.py: the plan has nothing to do")
        return
    with open(sys.argv[1], "wb") as file:
        file.write(text)
    print(f"reviewed_plan.py: the plan has the fingerprint {fingerprint}")


if __name__ == "__main__":
    main(work)
