"""Errors told over HTTP by what is no GraphQL, in the same form."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from api.graphql.errors import BY_NAME, Refused
from api.logs import request_id

__all__ = ["problem"]


def problem(code: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """The error of a code, as GraphQL's are told, with its HTTP status; `more` stands beside it in the answer."""
    refusal = Refused(code, BY_NAME[code].meaning)
    told = refusal.told(request_id.get() or "")
    return JSONResponse({**more, "errors": [told]}, refusal.code.status, headers)
