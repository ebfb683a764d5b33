# Tasks. `just` lists them; each is an ordinary cargo command.

_default:
    @just --list

# Everything that is tested; arguments go to cargo test
test *arguments:
    cargo test --locked {{arguments}}

# What the compiler, clippy and rustfmt have to say
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings

# What a plan costs on large databases; arguments go to the benchmark
bench *arguments:
    cargo bench --locked --bench catalog -- {{arguments}}

# What many databases on one server take; arguments go to the benchmark
bench-targets *arguments:
    cargo bench --locked --bench targets -- {{arguments}}

# Lay out the sources
fmt:
    cargo fmt

# What CI does
ci:
    .ci/run
