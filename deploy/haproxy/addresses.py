"""Whether HAProxy counts addresses as it should: asks from many, by the PROXY protocol.

    python3 addresses.py PORT CERTIFICATE
"""

import http.client
import json
import socket
import ssl
import sys

ALLOWANCE = 600
HOST = "id.example.com"
NETWORK = [f"2001:db8:0:1::{n:x}" for n in range(1, 5)]


def connected(source, port, context):
    """Returns a connection that HAProxy takes for one from there."""
    family, here = ("TCP6", "::1") if ":" in source else ("TCP4", "127.0.0.1")
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    plain.sendall(f"PROXY {family} {source} {here} 40000 443\r\n".encode())
    connection = http.client.HTTPSConnection(HOST, port)
    connection.sock = context.wrap_socket(plain, server_hostname=HOST)
    return connection


def asks(source, times, port, context):
    """Yields the answers to that many requests."""
    connection = connected(source, port, context)
    for _ in range(times):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://app.example.com"}
        connection.request("POST", "/token", "grant_type=none", headers)
        answer = connection.getresponse()
        yield answer.status, answer.headers, answer.read()
    connection.close()


def main():
    port, certificate = int(sys.argv[1]), sys.argv[2]
    context = ssl.create_default_context(cafile=certificate)
    each = ALLOWANCE // len(NETWORK)
    answers = [it for source in NETWORK for it in asks(source, each, port, context)]
    early = [status for status, _, _ in answers].count(429)
    assert not early, f"{early} requests within the allowance were refused"
    status, headers, body = next(asks("2001:db8:0:1:ffff::1", 1, port, context))
    assert status == 429, f"a network of 64 bits is not counted as one: {status}"
    # What a page needs to tell its user when to try again.
    assert headers["Access-Control-Allow-Origin"] == "*", headers
    assert headers["Access-Control-Expose-Headers"] == "Retry-After" and headers["Retry-After"] == "60", headers
    assert headers["Cache-Control"] == "no-store", headers
    assert json.loads(body)["reason"] == "rate_limited", body
    for neighbour in ("2001:db8:0:2::1", "203.0.113.1", "203.0.113.2"):
        [(status, _, _)] = asks(neighbour, 1, port, context)
        assert status == 400, f"{neighbour} pays for another: {status}"
    print("addresses are counted by themselves, and those of IPv6 by their network")


main()
