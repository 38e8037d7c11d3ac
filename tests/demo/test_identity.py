"""The demo's identity provider: the whole sign-in of OpenID Connect, as the site will do it."""

import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlparse

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from portal.demo import identity
from portal.demo.city import city

# The provider's package uses parts of authlib that authlib will drop in its next version.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")

BACK = "http://localhost:1/back"


@pytest.fixture(scope="module")
def provider() -> Iterator[httpx.Client]:
    server = identity.server(0, city(), number_claim="national_id")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with httpx.Client(base_url=f"http://localhost:{server.server_port}", trust_env=False) as client:
        yield client
    server.shutdown()
    server.server_close()
    thread.join()


def question(scope: str = "openid profile email") -> dict[str, str]:
    return {"client_id": "site", "redirect_uri": BACK, "response_type": "code", "scope": scope, "state": "s1"}


def test_the_page_names_every_sample_person_in_both_languages_and_loads_nothing_from_elsewhere(
    provider: httpx.Client,
) -> None:
    page = provider.get("/oauth2/authorize", params=question()).text
    for person in city().citizens.values():
        assert person.name.zh in page
        assert person.name.en in page
    assert "http://" not in page.replace(BACK, "")
    assert "https://" not in page


def test_a_person_signs_in_and_the_number_comes_in_the_claim(provider: httpx.Client) -> None:
    answer = provider.post("/oauth2/authorize", params=question(), data={"sub": "zhang-san"})
    assert answer.status_code == httpx.codes.FOUND
    code = parse_qs(urlparse(answer.headers["location"]).query)["code"][0]
    token = provider.post(
        "/oauth2/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": BACK},
        auth=("site", "any"),
    ).json()
    keys = KeySet.import_key_set(provider.get("/jwks").json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["sub"] == "zhang-san"
    person = provider.get("/userinfo", headers={"authorization": f"Bearer {token['access_token']}"}).json()
    assert person["national_id"] == city().citizens["zhang-san"].number
    assert person["name"] == "张三"
    assert person["email"] == "zhang-san@linjiang.example"


def test_who_is_asked_to_be_surer_confirms_with_the_face_on_one_more_page(provider: httpx.Client) -> None:
    asked = {**question(), "acr_values": "substantial", "nonce": "n1"}
    with httpx.Client(base_url=provider.base_url, trust_env=False) as visitor:
        face = visitor.post("/oauth2/authorize", params=asked, data={"sub": "zhang-san"})
        assert face.status_code == httpx.codes.OK
        assert "刷脸确认" in face.text
        done = visitor.post("/oauth2/authorize", params=asked, data={"sub": "zhang-san", "confirmed": "face"})
        assert claims_of(visitor, done)["acr"] == "substantial"
        again = visitor.get("/oauth2/authorize", params=asked).text
        assert "Confirm with your face" in again  # it knows its visitor by now
        assert "Wang" not in again
        plain = {**question(), "acr_values": "base substantial"}
        assert (
            claims_of(visitor, visitor.post("/oauth2/authorize", params=plain, data={"sub": "zhang-san"}))["acr"]
            == "base"
        )


def claims_of(visitor: httpx.Client, answer: httpx.Response) -> dict[str, object]:
    code = parse_qs(urlparse(answer.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    token = visitor.post("/oauth2/token", data=form, auth=("site", "any")).json()
    keys = KeySet.import_key_set(visitor.get("/jwks").json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert isinstance(claims["auth_time"], int)
    return dict(claims)


def test_who_goes_back_is_sent_back_with_a_refusal(provider: httpx.Client) -> None:
    answer = provider.post("/oauth2/authorize", params=question(), data={"action": "deny"})
    assert "error=access_denied" in answer.headers["location"]
