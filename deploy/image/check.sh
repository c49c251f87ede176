# What is in the image, and what it answers; sourced by `run`.

# Whether there is the program, what it is linked to, certificates and a user, and nothing else.
look_inside() {
    local inside user
    container=$(images from countersign)
    inside=$(images mount "$container")
    (cd "$inside" && find . ! -type d | sort) >"$scratch/files"
    echo "in the image, $(du -sm --apparent-size "$inside" | cut -f1) MiB:"
    cat "$scratch/files"
    if grep -vE '^\./(countersign|lib(64)?/.*\.so(\.[0-9]+)?|etc/(passwd|group|nsswitch\.conf|ssl/certs/ca-certificates\.crt))$' \
        "$scratch/files" | grep -v '^\./etc/\(hosts\|resolv.conf\)$'; then
        fail "these files have no use in the image"
    fi
    [ -z "$(find "$inside" -perm /6000)" ] || fail "a file in the image is setuid"
    user=$(images inspect --type image --format '{{.OCIv1.Config.User}}' countersign)
    [ "$user" = 65532:65532 ] || fail "the image's user is $user"
    images umount "$container" >/dev/null
}

# in_image [OPTION… --] ARGUMENT…: starts the image's entry point in the background; $started is its process.
in_image() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    images run --isolation chroot "${options[@]}" "$container" -- /countersign "$@" >"$scratch/image.log" 2>&1 &
    pids+=($!)
    runner=$!
}

# The program itself, whom signals are for: the runner's own child's child.
process_of() {
    local pid=$1 child
    while child=$(pgrep -P "$pid" | tail -n 1) && [ -n "$child" ]; do pid=$child; done
    echo "$pid"
}

# Ends it by SIGTERM; fails unless it then ends with code 0.
stop_image() {
    local code=0
    kill -TERM "$(process_of "$runner")"
    wait "$runner" || code=$?
    [ "$code" = 0 ] || fail "after SIGTERM the image ended with $code"
}

# The demo in the image, and the exchange that it prints to be pasted.
try_demo() {
    in_image -- demo --listen 127.0.0.1:0
    waits_for 20 grep -q '^curl ' "$scratch/image.log"
    bash -c "$(grep -m 1 '^curl ' "$scratch/image.log")" | grep -q '"access_token"' ||
        fail "the demo in the image does not do the exchange that it prints"
    stop_image
}

# The configuration of README.md, with free ports and other providers.
configuration() {
    sed -n '/^```toml$/,/^\[\[clients\]\]$/p' deploy/README.md | sed -e '1d' -e '$d' \
        -e "s|https://id.example.com|http://127.0.0.1:$1|" -e "s|0.0.0.0:8080|127.0.0.1:$1|" -e "s|0.0.0.0:9090|127.0.0.1:$2|"
    provider_tables
    forge_tables
}

# The service in the image, with providers outside, one of them by a name.
try_service() {
    local port admin uid
    program=$(realpath "${COUNTERSIGN:-target/debug/countersign}")
    read -r port admin < <(free_ports 2)
    start_provider
    start_forge
    configuration "$port" "$admin" >"$scratch/countersign.toml"
    chmod 644 "$scratch/countersign.toml"
    mkdir "$scratch/secrets"
    (umask 077; openssl rand -hex 32 >"$scratch/secrets/countersign-seed")
    chown -R 65532:65532 "$scratch/secrets"
    in_image -v "$scratch/countersign.toml:/etc/countersign/countersign.toml:ro" \
        -v "$scratch/secrets:/run/secrets:ro" -- serve --config /etc/countersign/countersign.toml
    waits_for 20 curl -sf "http://127.0.0.1:$admin/readyz"
    uid=$(stat -c %u "/proc/$(process_of "$runner")")
    [ "$uid" = 65532 ] || grep -q '^Uid:[[:space:]]*65532' "/proc/$(process_of "$runner")/status" ||
        fail "the service in the image runs as $uid"
    curl -sf "http://127.0.0.1:$admin/livez" >/dev/null || fail "the service in the image is not alive"
    curl -sf "http://127.0.0.1:$admin/metrics" | grep -q countersign_ || fail "the image has no metrics"
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/metrics")" = 404 ] || fail "/metrics is public"
    curl -sf "http://127.0.0.1:$port/.well-known/jwks.json" | grep -q '"kid"' || fail "the image publishes no key"
    issues "http://127.0.0.1:$port" || fail "the service in the image issues nothing"
    exchange "http://127.0.0.1:$port" -d nonce=another | grep -q nonce_mismatch || fail "a bad nonce is taken"
    redeem "http://127.0.0.1:$port" good | grep -q '"access_token"' || fail "the image resolves no name"
    stop_image
    grep -q stopping "$scratch/image.log" || fail "it did not stop in order"
}
