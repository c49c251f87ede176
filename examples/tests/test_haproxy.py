"""HAProxy gets its keys as files: what it knows after a reload, and as whom it runs."""

import os
import pwd
import signal
import unittest

import verifiers
from programs import Server, ask
from service import Service, eventually


class Gateway(unittest.TestCase):
    """No service runs: HAProxy asks nobody."""

    def setUp(self) -> None:
        self.directory = verifiers.scratch(self)
        self.service = Service(self.directory)
        api = Server(lambda headers: {"sub": headers["X-Subject"]})
        self.addCleanup(api.stop)
        public_keys = self.service.public_keys()
        self.gateway = verifiers.haproxy(
            self.directory, self.service.issuer, public_keys, api.port
        )
        self.addCleanup(self.gateway.stop)

    def assert_answers(self, status: int, token: str) -> None:
        answered = eventually(lambda: ask(self.gateway.port, token).status == status)
        self.assertTrue(answered, f"never {status}")

    def test_withdrawn_key_is_refused_after_a_reload(self) -> None:
        first = self.service.token("good")
        self.assert_answers(200, first)
        self.service.withdraw_keys()
        self.service.add_key()
        second = self.service.token("good")
        self.assert_answers(401, second)
        verifiers.haproxy_keys(self.directory, self.service.public_keys())
        self.gateway.signal(signal.SIGUSR2)
        self.assert_answers(200, second)
        self.assert_answers(401, first)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_worker_has_no_rights(self) -> None:
        self.assert_answers(200, self.service.token("good"))
        [worker] = self.gateway.children()
        self.assertEqual(pwd.getpwuid(worker.stat().st_uid).pw_name, "haproxy")
        self.assertEqual(os.readlink(worker / "root"), "/var/lib/haproxy")
