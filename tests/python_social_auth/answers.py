"""What a provider answers in a fixture, in place of the network."""

import base64
import json
import time
from urllib.parse import parse_qsl, urlsplit

import requests

JSON = "application/json"


class Calls(requests.adapters.HTTPAdapter):
    """The fixture's `calls`: what the provider answers at which address."""

    def __init__(self, fixture, id_token):
        super().__init__()
        self.calls = fixture.get("calls", [])
        self.id_token = id_token
        self.unknown = []

    def find(self, url, method=None):
        """Returns the call at an address, by host and path; method and query decide between two."""
        wanted = urlsplit(url)
        query = set(parse_qsl(wanted.query))
        best = None
        for call in self.calls:
            for known in filter(None, (call.get("was"), call["url"])):
                parts = urlsplit(known)
                if (parts.hostname, parts.path.rstrip("/")) != (
                    wanted.hostname,
                    wanted.path.rstrip("/"),
                ):
                    continue
                pairs = set(parse_qsl(parts.query))
                score = (call.get("method", "GET") == method, len(pairs & query), -len(pairs))
                if best is None or score > best[0]:
                    best = (score, call)
        return best and best[1]

    def body(self, call):
        """Returns what is answered, with the ID token put in. `was_body` is the same answer in
        the form in which python-social-auth asks for it."""
        body = call.get("was_body", call.get("body", ""))
        if isinstance(body, dict):
            body = {k: self.id_token if v == "ID_TOKEN" else v for k, v in body.items()}
        return body

    def redeems(self, call):
        """Tells whether a call takes a code, whatever its parameter is called."""
        needs = call.get("needs", {})
        sent = [v for part in ("form", "query", "json") for v in needs.get(part, {}).values()]
        return "CODE" in sent

    def send(self, request, **kwargs):
        response = requests.Response()
        response.request, response.url = request, request.url
        call = self.find(request.url, request.method)
        if call is None:
            self.unknown.append(f"{request.method} {request.url.split('?')[0]}")
            response.status_code, response._content = 404, b'{"error": "not_found"}'
            return response
        body = self.body(call)
        is_text = isinstance(body, str)
        response.status_code = call.get("status", 200)
        response.headers["content-type"] = "text/plain; charset=utf-8" if is_text else JSON
        response.headers.update(call.get("headers", {}))
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response._content = (body if is_text else json.dumps(body, ensure_ascii=False)).encode()
        return response


def encode(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def id_token_of(fixture):
    """Returns the claims of the fixture's ID token and the token, or two times None."""
    claims = fixture.get("id_token")
    if claims is None:
        return None, None
    now = int(time.time())
    client = fixture.get("client_id", "client")
    claims = {"iss": fixture.get("issuer"), "aud": client, "iat": now, "exp": now + 300, **claims}
    header = {"alg": "RS256", "kid": "test", "typ": "JWT"}
    return claims, ".".join((encode(header), encode(claims), "AAAA"))
