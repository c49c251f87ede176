# The service alone: no shell, no package manager, nothing to log in to.
#
#   docker build -t countersign .        (or: buildah bud -t countersign .)
#   docker run -p 127.0.0.1:8080:8080 -v "$PWD/countersign.toml:/etc/countersign/countersign.toml:ro" countersign
#
# The configuration must listen on 0.0.0.0: deploy/README.md has one. There is no HEALTHCHECK, which would need a shell: orchestrators
# ask /livez and /readyz. SIGTERM drains, so let `docker stop --time` be 45.
ARG BUILDER=docker.io/library/rust:1.95-bookworm

FROM ${BUILDER} AS build
# Of Cargo: `release`, or another of Cargo.toml.
ARG PROFILE=release
WORKDIR /src
COPY . .
RUN cargo build --locked --profile "$PROFILE" --bin countersign
# What the program is linked to, at the places where the linker looks; names are resolved without further
# libraries. The service keeps nothing, so its user owns nothing.
RUN set -eu; \
    case "$PROFILE" in dev) built=debug ;; bench) built=release ;; *) built=$PROFILE ;; esac; \
    install -D -s "target/$built/countersign" /image/countersign; \
    ldd /image/countersign | grep -o '/[^ ]*' | xargs -I '{}' cp -L --parents '{}' /image; \
    cp -L --parents /etc/ssl/certs/ca-certificates.crt /image; \
    mkdir /image/etc/countersign; \
    echo 'countersign:x:65532:65532::/:/nologin' >/image/etc/passwd; \
    echo 'countersign:x:65532:' >/image/etc/group; \
    echo 'hosts: files dns' >/image/etc/nsswitch.conf

FROM scratch
LABEL org.opencontainers.image.title="countersign" \
      org.opencontainers.image.description="Exchanges a social or OpenID provider's credential for a short-lived JWT" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /image/ /
USER 65532:65532
# The service; and, with `admin_listen`, probes and metrics.
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/countersign"]
CMD ["serve", "--config", "/etc/countersign/countersign.toml"]
