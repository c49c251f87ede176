"""An OAuth 2.0 provider on loopback, whose answers are chosen by the code or token that it is shown."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PERSON = {"id": "1815", "login": "ada", "email": "ada@example.test", "full_name": "Ada Lovelace"}
TOKENS = {
    "good": (200, {"access_token": "good", "token_type": "Bearer"}),
    "wrong-secret": (401, {"error": "invalid_client"}),
    "changed": (200, {"answer": "of another kind"}),
    "busy": (503, {}),
}


class Provider(BaseHTTPRequestHandler):
    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.headers["Authorization"] != "Bearer good":
            self.answer(401, {"error": "invalid_token"})
        elif self.path == "/tokeninfo":
            self.answer(200, {"client_id": "countersign"})
        else:
            self.answer(200, PERSON)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(*TOKENS.get(form["code"][0], (400, {"error": "invalid_grant"})))

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print(server.server_port, flush=True)
server.serve_forever()
