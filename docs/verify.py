#!/usr/bin/env python3
"""Check documents of My Data Rights without the portal: one file, Python 3.9 or newer, nothing else, no network.

    python3 verify.py jwks.json proof.json [another.json | receipt.txt | manifest.json …]

jwks.json is https://PORTAL/.well-known/jwks.json, taken when you trusted it. What can be checked: the proof of a
sharing record, a signed head, the proof that one head grew out of another, a receipt or decision (a signed text), and
the manifest of a package with the files that lie beside it. Exit 0 only if all of it holds.

A leaf is SHA-256(0x00 ‖ form), a node SHA-256(0x01 ‖ left ‖ right) (RFC 9162, 2.1); signatures are JWS with Ed25519
(RFC 8032, RFC 8037). What this does NOT prove: that what a department never reported was not shared, that what it
reported is true, and that the portal shows everybody the same heads. Compare heads with others for the last.
"""

import base64
import hashlib
import json
import os
import sys

# ---------------------------------------------------------------- Ed25519, RFC 8032, 5.1 (verification only)
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point(text):
    """A point in extended coordinates; None for what is no point of the curve."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, of):
    found = 0, 1, 1, 0
    while number:
        found = add(found, of) if number & 1 else found
        of, number = add(of, of), number >> 1
    return found


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(key, message, signature):
    a, r = point(key), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))
    return not (left[0] * right[2] - right[0] * left[2]) % P and not (left[1] * right[2] - right[1] * left[2]) % P


# ---------------------------------------------------------------- JWS, compact (RFC 7515)
def unpacked(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(token, keys, uses):
    """The payload of a token that a published key signed for one of these uses; else ValueError."""
    head, body, signature = token.split(".")
    claimed = json.loads(unpacked(head))
    for key in keys:
        fits = key.get("kid") == claimed.get("kid") and key.get("portal_use") == claimed.get("typ")
        fits = fits and claimed.get("alg") == "EdDSA" and claimed.get("typ") in uses
        if fits and signed_by(unpacked(key["x"]), f"{head}.{body}".encode(), unpacked(signature)):
            return json.loads(unpacked(body))
    raise ValueError("no published key signed this")


# ---------------------------------------------------------------- the tree (RFC 9162, 2.1.3.2 and 2.1.4.2)
def leaf(form):
    return hashlib.sha256(b"\x00" + form.encode()).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(value, way, root):
    index, last = way["position"], way["size"] - 1
    if not 0 <= index <= last:
        return False
    for step in map(bytes.fromhex, way["path"]):
        if last == 0:
            return False
        if index % 2 or index == last:
            value = node(step, value)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            value = node(value, step)
        index, last = index >> 1, last >> 1
    return last == 0 and value.hex() == root


def grew(old, new, path):
    path = [bytes.fromhex(step) for step in path]
    if old["size"] == new["size"]:
        return not path and old["root"] == new["root"]
    if not 0 < old["size"] < new["size"]:
        return False
    if old["size"] & (old["size"] - 1) == 0:
        path = [bytes.fromhex(old["root"]), *path]
    if not path:
        return False
    index, last = old["size"] - 1, new["size"] - 1
    while index % 2:
        index, last = index >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if index % 2 or index == last:
            first, second = node(step, first), node(step, second)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node(second, step)
        index, last = index >> 1, last >> 1
    return last == 0 and first.hex() == old["root"] and second.hex() == new["root"]


# ---------------------------------------------------------------- documents: what each says, or a ValueError
def require(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)


def check_head(head, keys):
    said = opened(head["signature"], keys, {"heads"})
    require(all(said[name] == head[name] for name in ("size", "root", "at")), "the signature is of another state")
    return f"head of {head['size']} leaves, signed {head['at']}"


def check_proof(proof, keys):
    event, batch, head = proof["event"], proof["batch"], proof["head"]
    require(head is not None, "the batch was not sealed yet; get the proof again in a minute")
    require(leaf(event["form"]).hex() == event["leaf"], "the event is not the one that was sealed")
    require(included(leaf(event["form"]), batch, batch["root"]), "the event is not in its batch")
    told = json.loads(batch["form"])
    require((told["root"], told["accepted"]) == (batch["root"], batch["size"]), "the batch has another root or size")
    require(leaf(batch["form"]).hex() == batch["leaf"], "the batch is not the one that was sealed")
    require(included(leaf(batch["form"]), head, head["root"]), "the batch is not in the sealed record")
    said = json.loads(event["form"])
    return f"sharing record {said['id']} of {said['occurred_at']}, in the {check_head(head, keys)}"


def check_consistency(proof, keys):
    old, new = check_head(proof["from"], keys), check_head(proof["to"], keys)
    require(grew(proof["from"], proof["to"], proof["path"]), "the later state does not begin with the earlier one")
    return f"{new}, which grew out of the {old}"


def check_manifest(manifest, keys, folder):
    stated = {name: value for name, value in manifest.items() if name != "signature"}
    require(opened(manifest["signature"], keys, {"packages"}) == stated, "the text is not the one that was signed")
    there = 0
    for file in manifest["files"]:
        path = os.path.join(folder, file["name"])
        if os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep) and os.path.isfile(path):
            with open(path, "rb") as content:
                found = hashlib.sha256(content.read()).hexdigest()
            require(found == file["sha256"], f"{file['name']} is not the file that was packed")
            there += 1
    return f"package of {len(manifest['files'])} files, of which {there} lie here unchanged"


def check(path, keys):
    with open(path, encoding="utf-8") as file:
        text = file.read().strip()
    if not text.startswith("{"):
        said = opened("".join(text.split()), keys, {"heads", "receipts", "decisions"})
        return "signed text: " + json.dumps(said, ensure_ascii=False)
    found = json.loads(text)
    if found.get("schema") == "trail.consistency/1":
        return check_consistency(found, keys)
    if "files" in found:
        return check_manifest(found, keys, os.path.dirname(os.path.abspath(path)))
    return check_proof(found, keys) if "event" in found else check_head(found, keys)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        keys = json.load(file)["keys"]
    whole = True
    for path in arguments[1:]:
        try:
            print(f"holds     {path}: {check(path, keys)}")
        except (KeyError, ValueError, TypeError, AttributeError, OSError, RecursionError) as error:
            whole = False
            print(f"DOES NOT  {path}: {error if str(error) else 'not a document of the portal'}")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
