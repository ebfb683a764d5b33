#!/usr/bin/env bash
# On a pull request: checks the files, makes the plan, says what both found in one comment, and ends as the worst of
# them did. What it leaves in $OUT is the artifact.
#
#   DATABASE_URL           the database that is to be changed; without it, the plan is against $BASE
#   BASE                   a git revision: what the branch is to be merged into
#   ALLOW                  leave to give, such as "data-loss copy"
#   PGCONVERGE_ENVIRONMENT the environment in pgconverge.toml
#   SCHEMA                 the directory of the files
#   FINDINGS               "fail" (else "show"): whether warnings of `check` fail the job
#   SARIF                  "true": `check` leaves a report for code scanning as well
#   NAME                   tells the comments and artifacts of several plans apart
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${PGCONVERGE:-pgconverge}
out=${OUT:-pgconverge-out}
rm -rf "$out"
mkdir -p "$out"

common=()
[[ -n ${PGCONVERGE_ENVIRONMENT:-} ]] && common+=(--environment "$PGCONVERGE_ENVIRONMENT")
[[ -n ${SCHEMA:-} ]] && common+=(--schema "$SCHEMA")

# Runs a command with its output in a file, and gives its exit code in $code. What it says is shown, and kept.
code=0
run() {
    local to=$1
    shift
    code=0
    "$@" >"$to" 2>"$out/said.txt" || code=$?
    cat "$out/said.txt" >&2
}

# A comment about what went wrong. No text is long enough to make it too long.
failed() {
    local ticks='``````````'
    {
        printf '### %s\n\n%s\n' "$1" "$ticks"
        head -c 20000 "$out/said.txt"
        printf '\n%s\n' "$ticks"
    } >"$out/comment.md"
}

finish() {
    local worst=$1
    python3 "$here/comment.py" "$out/comment.md" || worst=1
    exit "$worst"
}

if [[ -n ${GITHUB_ACTIONS:-} ]]; then
    run "$out/check.txt" "$program" check "${common[@]}" --format github
    cat "$out/check.txt"
else
    run "$out/check.json" "$program" check "${common[@]}" --format json
fi
checked=$code
if ((checked != 0 && checked != 2)); then
    failed "The files have errors"
    finish "$checked"
fi
if [[ ${SARIF:-} == true ]]; then
    run "$out/check.sarif" "$program" check "${common[@]}" --format sarif
fi

if [[ -n ${DATABASE_URL:-} ]]; then
    what=(--out "$out/plan.json")
else
    what=(--against "${BASE:?there is neither DATABASE_URL nor BASE}")
fi
for class in ${ALLOW:-}; do
    what+=(--allow "$class")
done
run "$out/comment.md" "$program" plan "${common[@]}" --format markdown "${what[@]}"
planned=$code
if ((planned != 0 && planned != 3)); then
    failed "There is no plan"
    finish "$planned"
fi
code=0
python3 "$here/annotate.py" "$out" || code=$?
((code == 0)) || planned=$code
if ((planned == 0 && checked == 2)) && [[ ${FINDINGS:-fail} == fail ]]; then
    planned=2
fi
finish "$planned"
