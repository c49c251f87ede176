"""An API that takes the issuer's tokens. README.md says how to run it."""

import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response

from tokens import Keys, RequireToken

ISSUER = os.environ.get("ISSUER", "https://id.example.com")
AUDIENCE = os.environ.get("AUDIENCE", "https://api.example.com")

keys = Keys(ISSUER)
api = FastAPI(lifespan=lambda _: keys.kept_fresh())
Caller = Annotated[dict[str, Any], Depends(RequireToken(keys, ISSUER, AUDIENCE))]


@api.get("/me")
async def me(caller: Caller) -> dict[str, str]:
    return {"sub": caller["sub"]}


@api.get("/verify", status_code=204)
async def verify(caller: Caller, response: Response) -> None:
    """For a gateway that asks before it passes a request on: `auth_request` of nginx."""
    response.headers["X-Subject"] = caller["sub"]
