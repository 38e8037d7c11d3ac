"""What drf-spectacular can't see of the contract by itself: our tokens, and the problems that every call may answer."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from portal.accounts import problems


class ClientScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """How the contract names our tokens."""

    target_class = "portal.accounts.tokens.ClientAuthentication"
    name = "departments"

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        scope = getattr(auto_schema.view, "required_scope", "")
        return {self.name: [scope] if scope else []}

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        flow = {"tokenUrl": "/oauth/token", "scopes": {}}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


# What any call may answer, and what only one with a body may; see portal.accounts.problems.
ALWAYS: Final = ("400", "401", "403", "404", "406", "422", "429")
WITH_A_BODY: Final = ("409", "413", "415")
METHODS: Final = ("get", "put", "post", "delete", "patch")
_TEXT: Final[dict[str, str]] = {"type": "string"}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 says it; `type` is a page that explains it.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": _TEXT,
        "instance": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT},
            },
        },
    },
}


def with_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add to each operation the problems that it may answer, and that bodies are strict (a hook of the settings)."""
    schemas = result["components"].setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for name in (name for name in schemas if name.endswith("Body")):
        schemas[name]["additionalProperties"] = False  # bodies refuse what they don't know: StrictSerializer
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for method in METHODS:
            if operation := path.get(method):
                codes = ALWAYS if method == "get" else (*ALWAYS, *WITH_A_BODY)
                for code in codes:
                    headers = {"Retry-After": {"schema": {"type": "integer"}}} if code == "429" else {}
                    told = {"description": str(problems.KNOWN[problems.BY_STATUS[int(code)]][0]), "content": body}
                    operation["responses"].setdefault(code, {**told, **({"headers": headers} if headers else {})})
    return result
