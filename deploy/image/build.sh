# Builds the image by the Dockerfile of a clean checkout; sourced by `run`.

# An image without anything but the places for what is mounted.
make_builder() {
    local base="$scratch/base" container
    mkdir -p "$base"/{usr,etc,tmp,src}
    for name in bin sbin lib lib64; do
        [ ! -e "/$name" ] || ln -s "usr/$name" "$base/$name"
    done
    chmod 1777 "$base/tmp"
    container=$(images from scratch)
    images add -q "$container" "$base" / >/dev/null
    images config --env "PATH=$(dirname "$(command -v cargo)"):/usr/local/bin:/usr/bin:/bin" \
        --env CARGO_PROFILE_DEV_DEBUG=false --env "RUSTUP_HOME=$rustup" --env "CARGO_HOME=$cargo" "$container"
    images commit -q --rm "$container" builder >/dev/null
}

# What is compiled already, above all the two crypto libraries, as a copy: the image's build leaves this machine's
# alone. It is kept for the next run.
lend_target() {
    local from="$target/debug" to="$target/image/debug" part
    mkdir -p "$to/deps"
    [ -d "$from/deps" ] || return 0
    for part in build .fingerprint; do cp -au "$from/$part" "$to/"; done
    find "$from/deps" -regex '.*\.\(rlib\|rmeta\|so\|d\)' -exec cp -au -t "$to/deps" {} +
}

build_image() {
    local rustup="${RUSTUP_HOME:-$HOME/.rustup}" cargo="${CARGO_HOME:-$HOME/.cargo}" volumes
    git rev-parse --verify -q HEAD >/dev/null || skip "needs a git checkout"
    mkdir "$scratch/checkout"
    git archive HEAD | tar -x -C "$scratch/checkout"
    make_builder
    lend_target
    volumes=(-v /usr:/usr:ro -v /etc:/etc:ro -v "$cargo:$cargo" -v "$target/image:/src/target")
    [ ! -d "$rustup" ] || volumes+=(-v "$rustup:$rustup:ro")
    images bud --isolation chroot --pull-never --build-arg BUILDER=localhost/builder \
        --build-arg PROFILE="$profile" "${volumes[@]}" -t countersign "$scratch/checkout"
}
