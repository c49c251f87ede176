"""How each verifier of `examples/` is started."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from programs import Program, free_port
from service import AUDIENCE

EXAMPLES = Path(__file__).resolve().parent.parent
MODULES = Path("/usr/lib/apache2/modules")
APACHE = """
ServerRoot {directory}
ServerName localhost
PidFile {directory}/apache.pid
ErrorLog /dev/stderr
Listen 127.0.0.1:{port}
User www-data
Group www-data
{modules}
OIDCCABundlePath {ca}
Include {directory}/api.conf
"""
NGINX = """
daemon off;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/api.conf;
}}
"""


def scratch(case: type[unittest.TestCase] | unittest.TestCase) -> Path:
    """Returns a directory that servers may read which run as somebody else."""
    directory = tempfile.TemporaryDirectory()
    add = case.addClassCleanup if isinstance(case, type) else case.addCleanup
    add(directory.cleanup)
    path = Path(directory.name)
    path.chmod(0o755)
    return path


def needs(found: object, what: str) -> None:
    """Skips the test where something is missing; fails it where nothing may be."""
    if not found and os.environ.get("REQUIRE_ALL"):
        raise AssertionError(f"there is no {what}")
    if not found:
        print(f"skipped: there is no {what}")
        raise unittest.SkipTest(what)


def node(directory: Path, issuer: str, ca: Path) -> Program:
    server = Path(os.environ["EXAMPLES_TARGET"]) / "node" / "server.mjs"
    needs(shutil.which("node") and server.exists(), "node with the packages of examples/node")
    port = free_port()
    return Program(
        "examples/node",
        ["node", server],
        port,
        directory / "node.log",
        ISSUER=issuer,
        AUDIENCE=AUDIENCE,
        PORT=str(port),
        NODE_EXTRA_CA_CERTS=str(ca),
    )


def python(directory: Path, issuer: str, ca: Path) -> Program:
    packages = Path(os.environ["EXAMPLES_PYTHON"])
    needs(packages.exists(), "python3 with the packages of examples/python")
    port = free_port()
    return Program(
        "examples/python",
        [sys.executable, "-m", "uvicorn", "main:api", "--port", port],
        port,
        directory / "python.log",
        cwd=EXAMPLES / "python",
        ISSUER=issuer,
        AUDIENCE=AUDIENCE,
        PYTHONPATH=str(packages),
        PYTHONDONTWRITEBYTECODE="1",
        SSL_CERT_FILE=str(ca),
    )


def rust(directory: Path, issuer: str, ca: Path) -> Program:
    verify = Path(os.environ["EXAMPLES_VERIFY"])
    needs(verify.exists(), "examples/verify: `cargo build --example verify` makes it")
    port = free_port()
    return Program(
        "examples/verify.rs",
        [verify],
        port,
        directory / "rust.log",
        ISSUER=issuer,
        AUDIENCE=AUDIENCE,
        LISTEN=f"127.0.0.1:{port}",
        SSL_CERT_FILE=str(ca),
    )


def adapted(example: str, directory: Path, values: dict[str, str]) -> Path:
    """Copies a configuration, with values of the test's in place of those to be edited."""
    text = (EXAMPLES / example).read_text()
    for value, ours in values.items():
        if value not in text:
            raise AssertionError(f"{example} has no {value}")
        text = text.replace(value, ours)
    copy = directory / Path(example).name
    copy.write_text(text)
    return copy


def haproxy_keys(directory: Path, public_keys: Path) -> Path:
    """Writes the rules for public keys."""
    keys = directory / "keys.cfg"
    with keys.open("w") as output:
        script = EXAMPLES / "haproxy" / "keys.sh"
        subprocess.run([script, public_keys], check=True, stdout=output, timeout=60)
    return keys


def haproxy(directory: Path, issuer: str, public_keys: Path, api: int) -> Program:
    """Starts it as Debian's service does, with the variables of README.md."""
    needs(shutil.which("haproxy"), "haproxy")
    port = free_port()
    values = {
        "https://id.example.com": issuer,
        "127.0.0.1:8000": f"127.0.0.1:{port}",
        "127.0.0.1:9000": f"127.0.0.1:{api}",
    }
    if os.geteuid() != 0:
        # Only root can become somebody else.
        lines = ("user haproxy", "group haproxy", "chroot /var/lib/haproxy")
        values |= {f"    {line}\n": "" for line in lines}
    config = adapted("haproxy/haproxy.cfg", directory, values)
    keys = haproxy_keys(directory, public_keys)
    command = ["haproxy", "-Ws", "-f", keys, "-p", directory / "haproxy.pid"]
    command += ["-S", directory / "haproxy-master.sock", "-f", config]
    return Program("examples/haproxy", command, port, directory / "haproxy.log")


def nginx(directory: Path, verifier: int, api: int) -> Program:
    needs(shutil.which("nginx"), "nginx")
    port = free_port()
    adapted(
        "nginx/api.conf",
        directory,
        {
            "127.0.0.1:3000": f"127.0.0.1:{verifier}",
            "127.0.0.1:8000": f"127.0.0.1:{port}",
            "127.0.0.1:9000": f"127.0.0.1:{api}",
        },
    )
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(directory=directory))
    command = ["nginx", "-e", "stderr", "-p", directory, "-c", config]
    return Program("examples/nginx", command, port, directory / "nginx.log")


def apache(directory: Path, issuer: str, ca: Path, api: int) -> Program:
    module = MODULES / "mod_auth_openidc.so"
    needs(shutil.which("apache2") and module.exists(), "apache2 with mod_auth_openidc")
    port = free_port()
    adapted(
        "apache/api.conf",
        directory,
        {"https://id.example.com": issuer, "127.0.0.1:9000": f"127.0.0.1:{api}"},
    )
    names = "mpm_event authn_core authz_core authz_user headers proxy proxy_http auth_openidc"
    modules = "\n".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so" for n in names.split())
    config = directory / "apache.conf"
    config.write_text(APACHE.format(directory=directory, port=port, ca=ca, modules=modules))
    command = ["apache2", "-f", config, "-DFOREGROUND"]
    return Program("examples/apache", command, port, directory / "apache.log")
