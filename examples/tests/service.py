"""The service, with a configuration, keys and a certificate of the test's own."""

import json
import os
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from programs import Program, free_port

AUDIENCE = "https://api.example.com"
CONFIG = """
issuer = "{issuer}"
listen = "127.0.0.1:{port}"
[keys]
directory = "{directory}/keys"
[tls]
certificate = "{directory}/service.pem"
key = "{directory}/service.key"
[shutdown]
grace = "0"
[[clients]]
id = "spa"
audience = ["{audience}"]
[providers.google]
client_ids = ["web.apps.googleusercontent.com"]
"""
DEMO = """
[providers.demo]
kind = "oidc"
issuer = "{provider}"
client_ids = ["demo"]
"""


@dataclass(frozen=True)
class Vector:
    """A token that a verifier must accept, or refuse."""

    name: str
    accept: bool
    why: str
    token: str


class Demo:
    """`countersign demo`, for its provider."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        self._at = f"http://127.0.0.1:{port}/demo"
        self.provider = f"{self._at}/provider"
        command = [os.environ["COUNTERSIGN"], "demo", "--listen", f"127.0.0.1:{port}"]
        self._program = Program("countersign demo", command, port, directory / "demo.log")
        self.stop = self._program.stop

    def id_token(self) -> str:
        """Returns what a person who signs in there gets."""
        return fetched(f"{self._at}/id-token").decode()


def fetched(url: str, body: bytes | None = None, ca: Path | None = None) -> bytes:
    """Asks without a proxy, since it is on loopback."""
    handlers = [urllib.request.ProxyHandler({})]
    if ca:
        context = ssl.create_default_context(cafile=str(ca))
        handlers.append(urllib.request.HTTPSHandler(context=context))
    with urllib.request.build_opener(*handlers).open(url, body, timeout=30) as answer:
        return answer.read()


class Service:
    """`countersign serve` below a directory, which gets its files."""

    def __init__(
        self, directory: Path, issuer: str | None = None, provider: str | None = None
    ) -> None:
        self.directory = directory
        self.port = free_port()
        self.issuer = issuer or f"https://127.0.0.1:{self.port}"
        self.ca = directory / "ca.pem"
        self._certify()
        self._config = directory / "countersign.toml"
        text = CONFIG.format(
            issuer=self.issuer, port=self.port, directory=directory, audience=AUDIENCE
        )
        self._config.write_text(text + (DEMO.format(provider=provider) if provider else ""))
        self.add_key()

    def start(self) -> Program:
        return Program(
            "countersign",
            [os.environ["COUNTERSIGN"], "serve", "--config", self._config],
            self.port,
            self.directory / "service.log",
        )

    def add_key(self) -> None:
        """Makes a key that signs at once."""
        self._run("keys", "generate", "--dir", self.directory / "keys")

    def withdraw_keys(self) -> None:
        """Deletes every key, as after a leak."""
        for key in (self.directory / "keys").glob("*.json"):
            key.unlink()

    def public_keys(self) -> Path:
        """Returns a directory of the public keys as PEM."""
        out = self.directory / "public"
        out.mkdir(exist_ok=True)
        self._run("keys", "jwks", "--dir", self.directory / "keys", "--format", "pem", "--out", out)
        return out

    def vectors(self) -> tuple[dict, list[Vector]]:
        """Returns the key set, and tokens signed by the key that signs at present."""
        found = json.loads(self._run("vectors", "--config", self._config, "--format", "json"))
        return found["jwks"], [
            Vector(it["name"], it["accept"], it["why"], it["token"]) for it in found["tokens"]
        ]

    def token(self, name: str) -> str:
        _, vectors = self.vectors()
        return next(it.token for it in vectors if it.name == name)

    def exchanged(self, id_token: str) -> str:
        """Returns the running service's token for an ID token."""
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "client_id": "spa",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "subject_token": id_token,
        }
        body = urllib.parse.urlencode(form).encode()
        return json.loads(fetched(f"{self.issuer}/token", body, self.ca))["access_token"]

    def _run(self, *arguments: str | Path) -> str:
        command = [os.environ["COUNTERSIGN"], *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    def _certify(self) -> None:
        """Makes an authority, and its certificate for loopback."""
        new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        new += ["-nodes", "-days", "2"]
        authority = ["-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"]
        service = ["-subj", "/CN=service", "-keyout", "service.key", "-out", "service.pem"]
        service += ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"]
        service += ["-addext", "basicConstraints=critical,CA:FALSE"]
        for wanted in (authority, service):
            subprocess.run(
                [*new, *wanted], cwd=self.directory, check=True, capture_output=True, timeout=60
            )


def eventually(holds, seconds: float = 25) -> bool:
    """Whether something is so before long."""
    until = time.monotonic() + seconds
    while not (answer := holds()) and time.monotonic() < until:
        time.sleep(0.25)
    return bool(answer)
