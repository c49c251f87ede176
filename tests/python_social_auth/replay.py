"""What a backend of python-social-auth makes of a fixture's answers.

Its own code runs, from the token endpoint's answer on, or from the access token where the fixture
has no such answer. Replaced are the network (by the fixture's `calls`), the settings, the state
and the verifier of the browser's session, and the checks of ID tokens' signatures and times.
"""

import contextlib
import inspect
from types import SimpleNamespace
from unittest.mock import patch

import jwt
import requests
from answers import Calls, id_token_of
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import SocialAuthBaseException
from social_core.strategy import BaseStrategy
from social_core.utils import normalize_user_names, setting_name

REDIRECT_URI = "https://app.example.com/callback"
# What the browser brings back; `device_id` is VK's.
CALLBACK = {"code": "CODE", "state": "STATE", "device_id": "DEVICE"}
NAMES = ("username", "email", "fullname", "first_name", "last_name")


class Strategy(BaseStrategy):
    """Settings from a fixture, no storage, and an end of the pipeline that keeps the answer."""

    def __init__(self, settings):
        nobody = SimpleNamespace(get_social_auth=lambda *args: None)
        super().__init__(SimpleNamespace(user=nobody))
        self.settings = settings
        self.answer = None

    def get_setting(self, name):
        return self.settings[name]

    def request_data(self, merge=True):
        return dict(CALLBACK)

    def request_host(self):
        return "app.example.com"

    def absolute_uri(self, path=None):
        return path

    def build_absolute_uri(self, path=None):
        return path

    def session_get(self, name, default=None):
        return default

    def session_set(self, name, value):
        pass

    def session_pop(self, name):
        return None

    def authenticate(self, *args, response=None, **kwargs):
        self.answer = response


def settings_of(fixture, name):
    """Returns the settings under python-social-auth's names. `social_core_settings` has those
    that only it knows."""
    settings = {"key": fixture.get("client_id", "client"), "secret": "secret"}
    settings["client"] = settings["key"]
    settings |= fixture.get("settings", {})
    if "issuer" in settings:
        settings["oidc_endpoint"] = settings["issuer"]
    settings |= fixture.get("social_core_settings", {})
    return {setting_name(name, key): value for key, value in settings.items()}


def discovery_of(fixture, calls, claims):
    """Returns the discovery document. Where it names no userinfo endpoint, the one that the
    fixture answers at, or one that repeats the ID token."""
    issuer = fixture.get("issuer") or fixture.get("settings", {}).get("issuer", "")
    document = {
        "issuer": issuer,
        "jwks_uri": fixture.get("jwks_uri", f"{issuer}/jwks"),
        "authorization_endpoint": f"{issuer}/authorize",
        **fixture.get("discovery", {}),
    }
    redeeming = [call["url"] for call in calls.calls if calls.redeems(call)]
    document.setdefault("token_endpoint", redeeming[0] if redeeming else f"{issuer}/token")
    if "userinfo_endpoint" not in document:
        profiles = (c["url"] for c in calls.calls if "sub" in (c.get("body") or ()))
        document["userinfo_endpoint"] = next(profiles, f"{issuer}/userinfo")
    return document


def prepare(backend, fixture, calls, claims):
    """Replaces what needs a browser's session, a discovery document or a signature."""

    def replace(name, value):
        if hasattr(backend, name):
            setattr(backend, name, value)

    document = discovery_of(fixture, calls, claims)
    # Backends that only add an account to somebody who is signed in are asked all the same.
    backend.ASSOCIATION_ONLY = False
    replace("validate_state", lambda: "STATE")
    replace("get_code_verifier", lambda *args: "VERIFIER")
    replace("_validate_token_response", lambda *args, **kwargs: None)
    replace("get_openid_configuration", lambda *args: document)
    replace("oidc_config", lambda: document)
    replace("get_jwks_keys_for_uri", lambda *args: [SimpleNamespace(key_id="test", key=None)])
    replace("validate_and_return_id_token", lambda *args: dict(claims or {}))
    replace("decode_id_token", lambda *args: dict(claims or {}))
    if not isinstance(backend, OpenIdConnectAuth):
        return
    if claims is None:
        backend.validate_userinfo_sub = lambda userinfo: userinfo
        return
    backend.id_token = dict(claims)
    try:
        if calls.find(backend.userinfo_url()) is None:
            calls.calls = [*calls.calls, {"url": backend.userinfo_url(), "body": claims}]
    except SocialAuthBaseException:
        pass


def run(backend, fixture, calls, claims, id_token):
    """Runs the backend as far as the pipeline, and returns the answer that it hands there."""
    redeeming = next((call for call in calls.calls if calls.redeems(call)), None)
    body = calls.body(redeeming) if redeeming else None
    response = dict(body) if isinstance(body, dict) else {}
    response.setdefault("access_token", "TOKEN")
    if id_token:
        response.setdefault("id_token", id_token)
    if "code" in fixture.get("credentials", ()) and redeeming:
        without_id_token = isinstance(backend, OpenIdConnectAuth) and "id_token" not in response
        with contextlib.suppress(Exception):
            if not without_id_token and calls.find(backend.access_token_url()) is redeeming:
                backend.auth_complete()
        if backend.strategy.answer is not None:
            return backend.strategy.answer
    calls.unknown.clear()
    if "shop_url" in inspect.signature(backend.do_auth).parameters:
        shop = fixture.get("settings", {}).get("shop")
        backend.do_auth("TOKEN", shop, shop)
    else:
        backend.do_auth("TOKEN", response=response)
    if backend.strategy.answer is None:
        raise ValueError("the backend asked nobody to authenticate")
    return backend.strategy.answer


def described(error):
    """Names an error; python-social-auth's say in `code` and `claim` what they are about."""
    about = [getattr(error, name, None) for name in ("code", "claim", "parameter")]
    about = " ".join(filter(None, about)) or str(error)
    return f"{type(error).__name__}: {about}"


def text(value):
    """Returns a value as text; what is empty is nothing."""
    return None if value is None or value == "" else str(value)


def compute(cls, fixture):
    """Returns (what python-social-auth computes, addresses that it asked in vain)."""
    claims, id_token = id_token_of(fixture)
    calls = Calls(fixture, id_token)
    backend = cls(Strategy(settings_of(fixture, cls.name)), redirect_uri=REDIRECT_URI)
    decode = patch.object(jwt, "decode", lambda *args, **kwargs: dict(claims or {}))
    network = patch.object(requests.Session, "get_adapter", lambda *args, **kwargs: calls)
    prepare(backend, fixture, calls, claims)
    with decode, network:
        try:
            response = run(backend, fixture, calls, claims, id_token)
            if hasattr(backend, "validated_response"):
                response = backend.validated_response(response)
            details = dict(backend.get_user_details(response) or {})
            uid = backend.get_user_id(details, response)
        except Exception as error:  # whatever it stumbles over is its result
            return {"error": described(error)}, calls.unknown
    names = ("fullname", "first_name", "last_name")
    split = normalize_user_names(*(text(details.get(name)) for name in names))
    details |= dict(zip(names, split, strict=True))
    return {"uid": text(uid)} | {name: text(details.get(name)) for name in NAMES}, calls.unknown
