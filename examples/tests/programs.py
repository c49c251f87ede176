"""Programs on loopback: started, asked, ended."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Program:
    """A program that listens on a port. Its output goes to a file."""

    def __init__(
        self,
        name: str,
        command: list[str | Path],
        port: int,
        log: Path,
        *,
        cwd: Path | None = None,
        **environment: str,
    ) -> None:
        self.name, self.port, self._log = name, port, log
        # A proxy of the machine's is not for loopback.
        environment |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd,
                env=os.environ | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def children(self) -> list[Path]:
        """Returns where /proc has the processes that it started."""
        parent, found = f"\nPPid:\t{self._process.pid}\n", []
        for status in Path("/proc").glob("[0-9]*/status"):
            # Others end meanwhile.
            with contextlib.suppress(OSError):
                found += [status.parent] if parent in status.read_text() else []
        return found

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"{self.name} does not listen:\n{self._log.read_text()}")


@dataclass(frozen=True)
class Answer:
    """An answer, with its body as JSON where it is that."""

    status: int
    headers: http.client.HTTPMessage
    body: object


def ask(
    port: int,
    token: str | None,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    path: str = "/me",
) -> Answer:
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, headers=sent)
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return Answer(response.status, response.headers, body)


class Server:
    """A server of the test's own that notes the headers of each request."""

    def __init__(self, answer) -> None:
        seen = self.seen = []

        class Handler(BaseHTTPRequestHandler):
            """Answers with JSON."""

            protocol_version = "HTTP/1.1"

            def __getattr__(self, name: str):
                if name.startswith("do_"):
                    return self._answer
                raise AttributeError(name)

            def _answer(self) -> None:
                seen.append(self.headers)
                body = json.dumps(answer(self.headers)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Listener(ThreadingHTTPServer):
            """Says nothing of connections that a gateway drops."""

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Listener(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
