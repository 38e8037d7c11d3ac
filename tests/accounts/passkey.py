"""A passkey in software: makes a key for a site and signs its challenges, as an authenticator does (WebAuthn)."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

USER_WAS_PRESENT_AND_VERIFIED = 0b101
WITH_A_KEY = 0b1000000


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Passkey:
    origin: str = "http://testserver"
    name: bytes = field(default_factory=lambda: token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    uses: int = 0

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, site: str, flags: int) -> bytes:
        self.uses += 1
        return sha256(site.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def made(self, options: dict[str, Any]) -> str:
        """The answer to a site that wants a new key."""
        asked = options["publicKey"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        credential = bytes(16) + len(self.name).to_bytes(2, "big") + self.name + public
        data = self._data(asked["rp"]["id"], USER_WAS_PRESENT_AND_VERIFIED | WITH_A_KEY) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("create", asked["challenge"])
        return self._answer(clientDataJSON=text(said), attestationObject=text(attestation))

    def signed(self, options: dict[str, Any]) -> str:
        """The answer to a site that wants to know whether it is still the same."""
        asked = options["publicKey"]
        said = self._said("get", asked["challenge"])
        data = self._data(asked["rpId"], USER_WAS_PRESENT_AND_VERIFIED)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=text(said), authenticatorData=text(data), signature=text(signature))

    def _answer(self, **response: str) -> str:
        name = text(self.name)
        whole = {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}
        return json.dumps(whole)
