#!/usr/bin/env bash
# When a pull request is merged: runs the very plan that was reviewed, and no other.
#
#   DATABASE_URL           the database that is to be changed
#   PGCONVERGE_ENVIRONMENT the environment in pgconverge.toml
#   SCHEMA                 the directory of the files
#   PLAN_RUN               a run (GitLab: a job) whose plan it is to be, instead of the pull request's
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${PGCONVERGE:-pgconverge}
out=${OUT:-pgconverge-out}
: "${DATABASE_URL:?no database is named}"
rm -rf "$out"
mkdir -p "$out"

common=()
[[ -n ${PGCONVERGE_ENVIRONMENT:-} ]] && common+=(--environment "$PGCONVERGE_ENVIRONMENT")
[[ -n ${SCHEMA:-} ]] && common+=(--schema "$SCHEMA")

python3 "$here/reviewed_plan.py" "$out/plan.json"
# There is none where nothing is to be done.
[[ -e $out/plan.json ]] || exit 0
code=0
"$program" apply "${common[@]}" --plan "$out/plan.json" --confirm --journal "$out/journal" || code=$?
if ((code == 4)); then
    text="the database or the files are not any more as they were when the plan was reviewed; make it anew"
    [[ -n ${GITHUB_ACTIONS:-} ]] && echo "::error title=pgconverge::$text"
    echo "apply.sh: $text" >&2
fi
exit "$code"
