"""Every verifier is shown good and bad tokens of the service that runs."""

import base64
import json
import unittest

import verifiers
from programs import Answer, Program, Server, ask, free_port
from service import Service, eventually

CHALLENGE = 'Bearer error="invalid_token"'


def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Tokens(unittest.TestCase):
    """One service, and an API behind the gateways, which says who they let through."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = verifiers.scratch(cls)
        cls.service = Service(cls.directory)
        cls.addClassCleanup(cls.service.start().stop)
        _, cls.vectors = cls.service.vectors()
        cls.good = next(it.token for it in cls.vectors if it.accept)
        cls.api = Server(lambda headers: {"sub": headers["X-Subject"]})
        cls.addClassCleanup(cls.api.stop)

    def started(self, start, *arguments) -> Program:
        program = start(self.directory, *arguments)
        self.addCleanup(program.stop)
        return program

    def assert_verifies(self, program: Program) -> None:
        accepted = eventually(lambda: ask(program.port, self.good).status == 200)
        self.assertTrue(accepted, f"{program.name} accepts no good token")
        passed = []
        for vector in self.vectors:
            with self.subTest(verifier=program.name, token=vector.name, why=vector.why):
                before = len(self.api.seen)
                answer = ask(program.port, vector.token)
                if vector.accept:
                    self.assertEqual(answer.status, 200)
                    self.assertEqual(answer.body, {"sub": claims(vector.token)["sub"]})
                else:
                    self.assert_refused(answer, "invalid_token")
                    self.assertEqual(len(self.api.seen), before, "the API was asked")
                passed.append(vector.name)
        print(f"{program.name}: {len(passed)} of {len(self.vectors)}: {', '.join(passed)}")
        self.assert_refuses_what_is_no_token(program)

    def assert_refused(self, answer: Answer, error: str | None) -> None:
        self.assertEqual(answer.status, 401)
        challenges = answer.headers.get_all("WWW-Authenticate")
        self.assertEqual(len(challenges), 1, challenges)
        self.assertRegex(challenges[0], "^Bearer")
        if error:
            self.assertIn(f'error="{error}"', challenges[0])

    def assert_refuses_what_is_no_token(self, program: Program) -> None:
        before = len(self.api.seen)
        for token in ("", "x", "a.b.c", "e30.e30.", self.good[:-4], self.good + "."):
            with self.subTest(verifier=program.name, token=token):
                self.assert_refused(ask(program.port, token), None)
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"X-Subject": "somebody"}):
            with self.subTest(verifier=program.name, headers=headers):
                self.assert_refused(ask(program.port, None, headers), None)
        for method in ("OPTIONS", "HEAD", "POST", "PUT", "DELETE"):
            with self.subTest(verifier=program.name, method=method):
                # An API may answer by itself to a method that it does not have.
                self.assertNotEqual(ask(program.port, None, method=method).body, {"sub": None})
        self.assertEqual(len(self.api.seen), before, "the API was asked")

    def assert_names_the_caller(self, program: Program) -> None:
        """The API learns from the gateway alone who calls, and never sees the token."""
        for forged in ("X-Subject", "x-subject", "X_Subject", "x-SUBJECT"):
            with self.subTest(verifier=program.name, forged=forged):
                answer = ask(program.port, self.good, {forged: "somebody else"})
                self.assertEqual(answer.body, {"sub": claims(self.good)["sub"]})
                seen = self.api.seen[-1]
                self.assertNotIn("somebody else", str(seen))
                self.assertIsNone(seen["Authorization"])

    def test_node(self) -> None:
        self.assert_verifies(self.started(verifiers.node, self.service.issuer, self.service.ca))

    def test_python(self) -> None:
        self.assert_verifies(self.started(verifiers.python, self.service.issuer, self.service.ca))

    def test_rust(self) -> None:
        self.assert_verifies(self.started(verifiers.rust, self.service.issuer, self.service.ca))

    def test_haproxy(self) -> None:
        gateway = self.started(
            verifiers.haproxy, self.service.issuer, self.service.public_keys(), self.api.port
        )
        self.assert_verifies(gateway)
        self.assert_names_the_caller(gateway)

    def test_apache(self) -> None:
        gateway = self.started(
            verifiers.apache, self.service.issuer, self.service.ca, self.api.port
        )
        self.assert_verifies(gateway)
        self.assert_names_the_caller(gateway)

    def test_nginx(self) -> None:
        for start in (verifiers.node, verifiers.python):
            with self.subTest(verifier=start.__name__):
                verifier = self.started(start, self.service.issuer, self.service.ca)
                gateway = self.started(verifiers.nginx, verifier.port, self.api.port)
                self.assert_verifies(gateway)
                self.assert_names_the_caller(gateway)

    def test_nginx_without_its_verifier(self) -> None:
        gateway = self.started(verifiers.nginx, free_port(), self.api.port)
        before = len(self.api.seen)
        answer = ask(gateway.port, self.good)
        self.assertEqual(answer.status, 503)
        self.assertIsNotNone(answer.headers["Retry-After"])
        self.assertEqual(len(self.api.seen), before, "the API was asked")
