"""The verifiers that fetch the key set: rotation, an issuer that is away, keys that nobody knows."""

import base64
import json
import unittest
from concurrent.futures import ThreadPoolExecutor

import verifiers
from programs import Program, Server, ask
from service import Service, eventually

APPLICATIONS = (verifiers.node, verifiers.python, verifiers.rust)


class Keys(unittest.TestCase):
    """Each application has a process of its own per test, and all of them the same time to wait."""

    def setUp(self) -> None:
        self.directory = verifiers.scratch(self)

    def applications(self, service: Service, issuer: str) -> list[Program]:
        started = []
        for start in APPLICATIONS:
            with self.subTest(verifier=start.__name__):
                started.append(start(self.directory, issuer, service.ca))
                self.addCleanup(started[-1].stop)
        return started

    def assert_all(self, programs: list[Program], status: int, token: str) -> None:
        """Each answers by this status before long."""
        for program in programs:
            with self.subTest(verifier=program.name):
                answered = eventually(lambda: ask(program.port, token).status == status)
                self.assertTrue(answered, f"never {status}")

    def test_issuer_away_and_key_rotated(self) -> None:
        service = Service(self.directory)
        applications = self.applications(service, service.issuer)
        first = service.token("good")
        for program in applications:
            with self.subTest(verifier=program.name, issuer="not there yet"):
                answer = ask(program.port, first)
                self.assertEqual(answer.status, 503)
                self.assertIsNotNone(answer.headers["Retry-After"])

        running = service.start()
        self.addCleanup(running.stop)
        self.assert_all(applications, 200, first)

        service.add_key()
        second = service.token("good")
        self.assert_all(applications, 200, second)

        running.stop()
        for program in applications:
            with self.subTest(verifier=program.name, issuer="gone"):
                self.assertEqual(ask(program.port, first).status, 200)
                self.assertEqual(ask(program.port, second).status, 200)
        # After the cool-down nobody can say whether the key is one of the issuer's.
        self.assert_all(applications, 503, service.token("unknown_key_id"))
        print(f"rotated, and the issuer away: {', '.join(it.name for it in applications)}")

    def test_unknown_keys_cost_one_fetch(self) -> None:
        issuer = Server(lambda _: key_set)
        self.addCleanup(issuer.stop)
        service = Service(self.directory, f"http://127.0.0.1:{issuer.port}")
        key_set, vectors = service.vectors()
        tokens = {it.name: it.token for it in vectors}
        applications = self.applications(service, service.issuer)
        self.assert_all(applications, 200, tokens["good"])
        for program in applications:
            with self.subTest(verifier=program.name):
                unknown = [renamed(tokens["good"], f"nobody-{n}") for n in range(100)]
                with ThreadPoolExecutor(10) as pool:
                    answers = list(pool.map(lambda it: ask(program.port, it).status, unknown))
                self.assertEqual(answers, [401] * len(unknown))
        self.assertEqual(len(issuer.seen), len(applications), "one fetch by each, at the start")


def renamed(token: str, key_id: str) -> str:
    """Returns the token with another key named in its header."""
    header, rest = token.split(".", 1)
    named = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    text = json.dumps(named | {"kid": key_id}).encode()
    return f"{base64.urlsafe_b64encode(text).decode().rstrip('=')}.{rest}"
