"""The APIs answer a page on another origin, as the page of clients/typescript/README.md asks them."""

import re
import unittest
from pathlib import Path

import verifiers
from programs import Program, ask
from service import Demo, Service, eventually

PAGE = "https://app.example.com"
CLIENT = Path(__file__).resolve().parents[2] / "clients" / "typescript" / "README.md"
PREFLIGHT = {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "authorization",
}
OTHERS = (
    "https://app.example.com.evil.test",
    "http://app.example.com",
    "https://api.example.com",
    "null",
)


class Pages(unittest.TestCase):
    """Each API with its default origin, and a token with a name in it."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = verifiers.scratch(cls)
        cls.demo = Demo(cls.directory)
        cls.addClassCleanup(cls.demo.stop)
        cls.service = Service(cls.directory, provider=cls.demo.provider)
        cls.addClassCleanup(cls.service.start().stop)
        cls.token = cls.service.exchanged(cls.demo.id_token())

    def test_the_client_asks_for_what_there_is(self) -> None:
        page = CLIENT.read_text()
        self.assertIn(f"redirectUri: '{PAGE}/", page)
        self.assertIn("/me')", page)
        self.assertIn(".name}", page)

    def test_node(self) -> None:
        self.assert_verifies_whatever_the_method(self.assert_serves_pages(verifiers.node))

    def test_python(self) -> None:
        self.assert_verifies_whatever_the_method(self.assert_serves_pages(verifiers.python))

    def test_rust(self) -> None:
        self.assert_serves_pages(verifiers.rust)

    def assert_serves_pages(self, start) -> Program:
        program = start(self.directory, self.service.issuer, self.service.ca)
        self.addCleanup(program.stop)
        self.assertTrue(eventually(lambda: ask(program.port, self.token).status == 200))
        self.assert_says_hello(program)
        self.assert_preflight(program)
        self.assert_refusals_are_readable(program)
        self.assert_others_get_nothing(program)
        return program

    def assert_says_hello(self, program: Program) -> None:
        answer = ask(program.port, self.token, {"Origin": PAGE})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers.get_all("Access-Control-Allow-Origin"), [PAGE])
        self.assertIn("origin", (answer.headers["Vary"] or "").lower())
        self.assertEqual(answer.body.keys(), {"sub", "name"})
        self.assertEqual(answer.body["name"], "Ada Lovelace")

    def assert_preflight(self, program: Program) -> None:
        answer = ask(program.port, None, PREFLIGHT | {"Origin": PAGE}, "OPTIONS")
        self.assertIn(answer.status, (200, 204))
        self.assertEqual(answer.headers.get_all("Access-Control-Allow-Origin"), [PAGE])
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        self.assertIn("authorization", re.split(", *", allowed))
        self.assertNotIn("*", allowed)
        self.assertIsNone(answer.headers["Access-Control-Allow-Credentials"])

    def assert_refusals_are_readable(self, program: Program) -> None:
        answer = ask(program.port, "x", {"Origin": PAGE})
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.headers.get_all("Access-Control-Allow-Origin"), [PAGE])
        exposed = answer.headers["Access-Control-Expose-Headers"].lower()
        self.assertEqual(set(re.split(", *", exposed)), {"retry-after", "www-authenticate"})

    def assert_others_get_nothing(self, program: Program) -> None:
        for origin in OTHERS:
            with self.subTest(verifier=program.name, origin=origin):
                for answer in (
                    ask(program.port, self.token, {"Origin": origin}),
                    ask(program.port, None, PREFLIGHT | {"Origin": origin}, "OPTIONS"),
                ):
                    self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])

    def assert_verifies_whatever_the_method(self, program: Program) -> None:
        """Some gateways keep that of the request, and take a good answer for a good token's."""
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
            with self.subTest(verifier=program.name, method=method):
                headers = PREFLIGHT | {"Origin": PAGE}
                refused = ask(program.port, None, headers, method, "/verify")
                self.assertEqual(refused.status, 401)
                taken = ask(program.port, self.token, {}, method, "/verify")
                self.assertEqual(taken.status, 204)
                self.assertRegex(taken.headers["X-Subject"], "^[0-9a-f-]{36}$")
