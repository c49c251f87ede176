"""A Django project with the modules of the page: its authentication is shown the tokens of a file, and the
people whom python-social-auth knows by their address."""

import json
import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "social_django",
        "accounts",
    ],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import get_user_model
from django.core.management import call_command
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory
from social_django.models import UserSocialAuth

from accounts import authentication, matched
from accounts.models import Person

call_command("migrate", run_syncdb=True, verbosity=0)
api = authentication.CountersignAuthentication()


def user_of(token):
    """Returns the user of a request with a token; None where it is refused."""
    request = APIRequestFactory().get("/me", HTTP_AUTHORIZATION=f"Bearer {token}")
    try:
        user, claims = api.authenticate(request)
    except AuthenticationFailed:
        return None
    assert str(Person.objects.get(sub=claims["sub"]).user_id) == str(user.pk)
    return user


with open(sys.argv[1], encoding="utf-8") as file:
    tokens = json.load(file)["tokens"]
for vector in tokens:
    if (user_of(vector["token"]) is not None) != vector["accept"]:
        print(vector["name"])
good = tokens[0]["token"]
assert user_of(good) == user_of(good), "one person is two users"
assert api.authenticate(APIRequestFactory().get("/me")) is None, "no token is no refusal"
get_user_model().objects.update(is_active=False)
assert user_of(good) is None, "an inactive user signs in"

# The person whom python-social-auth knew by one name of a mailbox comes back with the other.
ada = get_user_model().objects.create_user("ada")
UserSocialAuth.objects.create(user=ada, provider="google-oauth2", uid="Ada@googlemail.com")
claims = {"idp": "google", "email": "ada@gmail.com", "email_verified": True}
authentication.old_google_user = matched.old_google_user
for other in ({"idp": "acme"}, {"email_verified": False}, {"email": "eve@gmail.com"}):
    assert matched.old_google_user(claims | other) is None, other
sub = "95fd8969-fd12-5b08-bc1e-bd3a71c457c1"
assert authentication.user_of(claims | {"sub": sub}) == ada, "not found by the address"
assert not UserSocialAuth.objects.exists(), "found by the address a second time"
assert authentication.user_of(claims | {"sub": sub, "email": "new@example.com"}) == ada
print("judged", len(tokens))
