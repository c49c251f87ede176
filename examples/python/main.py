"""An API that takes the issuer's tokens. README.md says how to run it."""

import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware

from tokens import Keys, RequireToken

ISSUER = os.environ.get("ISSUER", "https://id.example.com")
AUDIENCE = os.environ.get("AUDIENCE", "https://api.example.com")
ORIGIN = os.environ.get("ORIGIN", "https://app.example.com")
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

keys = Keys(ISSUER)
api = FastAPI(lifespan=lambda _: keys.kept_fresh())
Caller = Annotated[dict[str, Any], Depends(RequireToken(keys, ISSUER, AUDIENCE))]

# For pages of that origin: a browser asks by OPTIONS, without a token, before it sends one.
pages = FastAPI()
pages.add_middleware(
    CORSMiddleware,
    allow_origins=[ORIGIN],
    allow_methods=["GET"],
    allow_headers=["Authorization"],
    expose_headers=["Retry-After", "WWW-Authenticate"],
)


@pages.get("/me")
async def me(caller: Caller) -> dict[str, str]:
    return {claim: caller[claim] for claim in ("sub", "name") if claim in caller}


@api.api_route("/verify", methods=METHODS, status_code=204, include_in_schema=False)
async def verify(caller: Caller, response: Response) -> None:
    """For a gateway that asks before it passes a request on: `auth_request` of nginx. Whatever the
    method: some keep that of the request, and OPTIONS would be taken for a page's."""
    response.headers["X-Subject"] = caller["sub"]


api.mount("/", pages)
