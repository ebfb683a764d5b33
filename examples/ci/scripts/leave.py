"""Prints what the labels of a pull request give leave for: `allow data-loss` says data-loss.

A label stands under the pull request with the name of whoever has given it. On GitLab, those count that were there when
the pipeline began.
"""

import os

from forge import github_event, main

# `pgconverge plan --allow`
CLASSES = ["data-loss", "copy", "rewrite", "blocks-reads", "blocks-writes"]


def labels():
    if os.environ.get("GITHUB_ACTIONS"):
        pull = github_event().get("pull_request") or {}
        return [label["name"] for label in pull.get("labels") or []]
    return os.environ.get("CI_MERGE_REQUEST_LABELS", "").split(",")


def work():
    given = {label.strip() for label in labels()}
    print(" ".join(one for one in CLASSES if f"allow {one}" in given))


if __name__ == "__main__":
    main(work)
