#!/usr/bin/env bash
# On a pull request: checks the files, makes the plan, says what both found in one comment, and ends as the worst of
# them did. What it leaves in $OUT is the artifact.
#
#   DATABASE_URL           the database that is to be changed; without it, the plan is against $BASE
#   BASE                   a git revision: what the branch is to be merged into
#   ALLOW                  leave to give, such as "data-loss copy", beside what labels of the pull request give
#   PGCONVERGE_ENVIRONMENT the environment in pgconverge.toml
#   SCHEMA                 the directory of the files
#   FINDINGS               "fail" (else "show"): whether warnings of `check` fail the job
#   SARIF                  "true": a report for code scanning as well
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

# A comment about what went wrong, above what was found nevertheless. No text is long enough to make it too long.
failed() {
    local ticks='``````````' found
    found=$(cat "$out/comment.md" 2>/dev/null || true)
    {
        printf '### %s\n\n%s\n' "$1" "$ticks"
        head -c 20000 "$out/said.txt"
        printf '\n%s\n\n%s\n' "$ticks" "$found"
    } >"$out/comment.md"
}

# Shows everything at its lines, and ends.
finish() {
    local worst=$1
    code=0
    python3 "$here/annotate.py" "$out" || code=$?
    if ((code == 1 || worst == 0)); then worst=$code; fi
    if ((worst == 0 && checked == 2)) && [[ ${FINDINGS:-fail} == fail ]]; then
        worst=2
    fi
    if [[ -s $out/check.md ]]; then
        printf '\n' >>"$out/comment.md"
        cat "$out/check.md" >>"$out/comment.md"
        ((worst != 2)) || printf '\nWarnings and errors fail the job.\n' >>"$out/comment.md"
    fi
    python3 "$here/comment.py" "$out/comment.md" || worst=1
    exit "$worst"
}

run "$out/check.txt" "$program" check "${common[@]}" --format github
checked=$code
[[ -z ${GITHUB_ACTIONS:-} ]] || cat "$out/check.txt"
if ((checked != 0 && checked != 2)); then
    # What is no matter of the files has no place in them: a server cannot be had, a setting is wrong.
    if grep -q '^::error file=' "$out/check.txt"; then
        failed "The files have errors"
    else
        failed "The files could not be checked"
    fi
    finish "$checked"
fi
if [[ -s $out/check.txt ]]; then
    run "$out/check.md" "$program" check "${common[@]}" --format markdown
fi
if [[ ${SARIF:-} == true ]]; then
    run "$out/check.sarif" "$program" check "${common[@]}" --format sarif
fi

plan=("$program" plan "${common[@]}")
leave=$(python3 "$here/leave.py")
for class in ${ALLOW:-} $leave; do
    plan+=(--allow "$class")
done
if [[ -n ${DATABASE_URL:-} ]]; then
    plan+=(--out "$out/plan.json")
else
    plan+=(--against "${BASE:?there is neither DATABASE_URL nor BASE}")
fi
run "$out/comment.md" "${plan[@]}" --format markdown
planned=$code
if ((planned != 0 && planned != 3)); then
    # Of several targets, those that could be looked at have been told.
    if [[ -s $out/comment.md ]]; then
        failed "There is no plan for all targets"
    else
        failed "There is no plan"
    fi
    finish "$planned"
fi
# It is not one to be run, so it leaves no file by itself.
if [[ -z ${DATABASE_URL:-} ]]; then
    run "$out/against.json" "${plan[@]}" --format json
fi
finish "$planned"
