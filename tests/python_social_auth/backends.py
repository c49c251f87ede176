"""The backends of python-social-auth (social-core), as it ships them."""

import importlib
import inspect
import pkgutil
import sys
import warnings
from unittest.mock import MagicMock

warnings.simplefilter("ignore")

import social_core.backends
from social_core.backends.base import BaseAuth
from social_core.backends.oauth import BaseOAuth1, BaseOAuth2
from social_core.backends.open_id import OpenIdAuth
from social_core.backends.open_id_connect import OpenIdConnectAuth


def load(name):
    """Imports a module of backends. Libraries that only few of them need and that are not
    installed are stood in for: no class here derives from theirs."""
    while True:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("social_core"):
                raise
            sys.modules[error.name] = MagicMock(__path__=[], __spec__=None)


def kind(cls):
    """Says which protocol a backend speaks."""
    if issubclass(cls, OpenIdConnectAuth):
        return "oidc"
    if issubclass(cls, BaseOAuth2):
        return "oauth2"
    if issubclass(cls, BaseOAuth1):
        return "oauth1"
    if issubclass(cls, OpenIdAuth):
        return "openid2"
    return "saml" if cls.__name__ == "SAMLAuth" else "other"


def path(cls):
    """Returns a class's full name."""
    return f"{cls.__module__}.{cls.__qualname__}"


def all_backends():
    """Returns (name, kind, class) of every backend that gives itself a name, sorted."""
    found = set()
    for module in pkgutil.iter_modules(social_core.backends.__path__):
        members = vars(load(f"social_core.backends.{module.name}")).values()
        for cls in members:
            if not (inspect.isclass(cls) and issubclass(cls, BaseAuth)):
                continue
            if cls.__module__.endswith(f".{module.name}") and vars(cls).get("name"):
                found.add((cls.name, kind(cls), cls))
    return sorted(found, key=lambda entry: (entry[0], path(entry[2])))


def find(name, class_path=None):
    """Returns the class of a name, or None. Where two have it, `class_path` says which."""
    if class_path:
        module, _, member = class_path.rpartition(".")
        return getattr(load(module), member)
    classes = [cls for known, _, cls in all_backends() if known == name]
    if len(classes) > 1:
        listed = ", ".join(map(path, classes))
        raise ValueError(f"{name} is the name of several backends; say which in `class`: {listed}")
    return classes[0] if classes else None
