# The packages of Python that tests of this folder use; sourced, not run.

venv=$(realpath -m "${CARGO_TARGET_DIR:-target}")/deploy-python
packages=(kubernetes-validate==1.37.0 promql-parser==0.12.0 PyYAML==6.0.4)

# Installs them once; without a registry the test is skipped.
if ! "$venv/bin/pip" freeze 2>/dev/null | grep -qF "${packages[0]}"; then
    python3 -m venv "$venv" || skip "needs python3-venv"
    "$venv/bin/pip" install -q --disable-pip-version-check "${packages[@]}" >&2 || skip "needs packages of PyPI"
fi

python() { "$venv/bin/python" "$@"; }
