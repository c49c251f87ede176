# For the scripts that test with programs which a machine may lack; sourced, not run.

# Says plainly that a test was skipped, and ends it. With REQUIRE_ALL set that is a failure: for machines that have
# everything, where a skipped test is one that nobody misses.
skip() {
    echo "skipped: $0: $1" >&2
    [ -z "${REQUIRE_ALL:-}" ] || exit 1
    exit 0
}

# need PROGRAM PACKAGE…: installs Debian packages when a program is missing, or skips the test.
need() {
    local program=$1
    shift
    command -v "$program" >/dev/null && return
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        # Lists of packages may be missing or old on a machine that is new.
        { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" ||
            { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }
        } >&2 || true
        hash -r
    fi
    command -v "$program" >/dev/null || skip "needs $program (Debian: $*)"
}
