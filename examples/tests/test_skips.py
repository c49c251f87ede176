"""What is missing on a machine is skipped and said, and with REQUIRE_ALL it is a failure."""

import contextlib
import io
import os
import subprocess
import unittest
from pathlib import Path
from unittest import mock

import verifiers

NEED = Path(__file__).resolve().parents[2] / "tests" / "need.sh"


class Skips(unittest.TestCase):
    """Both are for tests of other programs: the scripts' and ours."""

    def test_scripts(self) -> None:
        for required, code in ({}, 0), ({"REQUIRE_ALL": ""}, 0), ({"REQUIRE_ALL": "1"}, 1):
            with self.subTest(environment=required):
                environment = {"PATH": os.environ["PATH"], **required}
                command = ["bash", "-c", f'. "{NEED}"; skip "no such program"; exit 7']
                done = subprocess.run(
                    command, env=environment, capture_output=True, text=True, timeout=10
                )
                self.assertEqual(done.returncode, code)
                self.assertRegex(done.stderr, "^skipped: .*: no such program\n$")

    def test_verifiers(self) -> None:
        said = io.StringIO()
        with (
            mock.patch.dict(os.environ, REQUIRE_ALL=""),
            contextlib.redirect_stdout(said),
            self.assertRaises(unittest.SkipTest),
        ):
            verifiers.needs(None, "such program")
        self.assertEqual(said.getvalue(), "skipped: there is no such program\n")
        with mock.patch.dict(os.environ, REQUIRE_ALL="1"), self.assertRaises(AssertionError):
            verifiers.needs(None, "such program")
        verifiers.needs("here", "such program")
