"""Verifies access tokens by the issuer's key set: RFC 9068 §4, with the answers of RFC 6750 §3."""

import asyncio
import contextlib
import logging
import math
import time
from typing import Any

import httpx
import jwt
from fastapi import HTTPException, Request

TIMEOUT = 5  # seconds, the longest that one fetch of the key set may take
COOL_DOWN = 10  # seconds between two fetches, however many unknown keys are named
MAX_AGE = 15 * 60  # the key set's `max-age`: a key that was withdrawn is trusted no longer
ALGORITHMS = ["ES256"]  # unless the service's keys were made with another `--alg`

log = logging.getLogger(__name__)


class KeysUnavailable(Exception):
    """The key is unknown, and the issuer cannot be asked."""


class Keys:
    """The issuer's key set. What was fetched stays in use while the issuer is away."""

    def __init__(self, issuer: str) -> None:
        self._url = issuer.rstrip("/") + "/.well-known/jwks.json"
        self._keys: dict[str, jwt.PyJWK] = {}
        self._lock = asyncio.Lock()
        self._fetched_at = -math.inf
        self._succeeded = False

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """Returns a key that the issuer publishes; looks again when it is unknown."""
        if key_id not in self._keys:
            await self.refresh()
            if key_id not in self._keys and not self._succeeded:
                raise KeysUnavailable
        return self._keys.get(key_id)

    async def refresh(self) -> None:
        """Fetches the key set, unless that was just done."""
        async with self._lock:  # whoever comes meanwhile waits for this fetch
            if time.monotonic() - self._fetched_at < COOL_DOWN:
                return
            self._fetched_at, self._succeeded = time.monotonic(), False
            try:
                async with asyncio.timeout(TIMEOUT), httpx.AsyncClient() as client:
                    answer = (await client.get(self._url)).raise_for_status()
                found = jwt.PyJWKSet.from_dict(answer.json()).keys
            except (httpx.HTTPError, TimeoutError, ValueError, AttributeError, jwt.PyJWTError):
                log.warning("the key set was not fetched from %s", self._url, exc_info=True)
                return
            self._keys = {key.key_id: key for key in found}
            self._succeeded = True

    @contextlib.asynccontextmanager
    async def kept_fresh(self):
        """Looks for other keys while the application runs."""

        async def refresh_for_ever() -> None:
            while True:
                await self.refresh()
                await asyncio.sleep(MAX_AGE)

        task = asyncio.create_task(refresh_for_ever())
        try:
            yield
        finally:
            task.cancel()


class RequireToken:
    """A dependency: the claims of the token that came with a request."""

    def __init__(self, keys: Keys, issuer: str, audience: str) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience

    async def __call__(self, request: Request) -> dict[str, Any]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        try:
            return await self._verify(token)
        except jwt.InvalidTokenError as error:
            log.info("a token was refused: %s", error)
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise HTTPException(401, headers=challenge) from error
        except KeysUnavailable as error:
            raise HTTPException(503, headers={"Retry-After": str(COOL_DOWN)}) from error

    async def _verify(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        # The algorithm before the key, so that no other one costs a fetch.
        if header.get("typ") != "at+jwt" or header.get("alg") not in ALGORITHMS:
            raise jwt.InvalidTokenError("not an access token of this issuer")
        key = await self._keys.find(header.get("kid", ""))
        if key is None:
            raise jwt.InvalidTokenError("signed by no key of this issuer")
        return jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            issuer=self._issuer,
            audience=self._audience,
            leeway=30,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
