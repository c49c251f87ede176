# What the tests of this folder share: a provider to sign in with, and exchanges; sourced, not run.
# `countersign demo` has an OpenID provider on loopback, so whole exchanges are made without a network.

scratch=$(mktemp -d)
pids=()
finish() {
    local pid
    for pid in "${pids[@]}"; do { kill -9 "$pid" && wait "$pid"; } 2>/dev/null || true; done
    rm -rf "$scratch"
}
trap finish EXIT

fail() {
    local log
    echo "$0: $1" >&2
    for log in "$scratch"/*.log; do
        [ ! -s "$log" ] || { echo "--- ${log##*/}" && tail -n 8 "$log"; } >&2
    done
    exit 1
}

# waits_for SECONDS COMMAND…: until the command succeeds.
waits_for() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited in vain for: $*"
        sleep 0.1
    done
}

free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(it.getsockname()[1] for it in sockets))
PYTHON
}

# Starts the provider; $provider is its issuer, $provider_at where it hands out ID tokens.
start_provider() {
    "$program" demo --listen 127.0.0.1:0 >"$scratch/provider.log" 2>&1 &
    pids+=($!)
    waits_for 20 grep -q '^page ' "$scratch/provider.log"
    provider_at=$(sed -n 's/^page *//p' "$scratch/provider.log")
    provider="${provider_at}demo/provider"
}

# The tables of a configuration that takes its ID tokens.
provider_tables() {
    cat <<TOML
[[clients]]
id = "spa"
audience = ["https://api.example.com"]
redirect_uris = ["https://app.example.com/callback"]

[providers.demo]
kind = "oidc"
issuer = "$provider"
client_ids = ["demo"]
TOML
}

# Starts a provider without ID tokens: forge.py. $forge is its address, by a name that has to be resolved.
start_forge() {
    python3 -u deploy/forge.py >"$scratch/forge" 2>"$scratch/forge.log" &
    pids+=($!)
    waits_for 10 grep -q . "$scratch/forge"
    forge=http://localhost:$(cat "$scratch/forge")
}

# The tables of a configuration that takes its codes and access tokens.
forge_tables() {
    cat <<TOML
[catalogue.forge]
title = "Forge"
setup = "https://forge.example.test"
namespace = "https://forge.example.test"
profile = { url = "$forge/user", scope = "user", subject = ["/id"], claims = { name = ["/full_name"] } }
binding = { method = "tokeninfo", url = "$forge/tokeninfo", token = "bearer", client_id = "/client_id" }
code = { token_endpoint = "$forge/token", client_auth = "post" }

[providers.forge]
client_ids = ["countersign"]
client_secret = "a secret"
TOML
}

# redeem URL CODE: prints what /token there answers to a code of that provider.
redeem() {
    curl -s --max-time 10 "$1/token" -d grant_type=authorization_code -d client_id=spa -d provider=forge \
        -d redirect_uri=https://app.example.com/callback -d code="$2"
}

# exchange URL [CURL OPTION…]: prints what /token there answers.
exchange() {
    local at=$1
    shift
    curl -s --max-time 10 "$@" "$at/token" \
        -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange -d client_id=spa \
        -d subject_token_type=urn:ietf:params:oauth:token-type:id_token \
        -d subject_token="$(curl -s "${provider_at}demo/id-token")"
}

# issues URL [CURL OPTION…]: whether a good ID token gets a token there.
issues() { exchange "$@" | grep -q '"access_token": *"eyJ'; }

# end PID: by SIGTERM; fails unless it then ends by itself with code 0.
end() {
    local code=0
    kill -TERM "$1"
    wait "$1" || code=$?
    [ "$code" = 0 ] || fail "after SIGTERM it ended with $code"
}
