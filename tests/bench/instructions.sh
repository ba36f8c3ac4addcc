#!/bin/sh
# Instructions per run of each case named, ours beside the driver's: tests/bench/instructions.sh "get(key)" "load 1000"
# They repeat to within a few, whatever else the machine does. Build first: cargo build --release -p orm-bench
set -eu
bench="${BENCH:-${CARGO_TARGET_DIR:-target}/release/orm-bench}"
counted() {
    valgrind --tool=callgrind --callgrind-out-file="${3:-/dev/null}" --toggle-collect='*measure*counted*' \
        "$bench" "$1" "--side=$2" 2>&1 | awk '/Collected/ { printf "%.0f", $4 / 100 }'
}
for case in "$@"; do
    ours=$(counted "$case" ours "${PROFILE:-}")
    raw=$(counted "$case" raw)
    printf '%-34s %9s %9s\n' "$case" "$ours" "$raw"
done
