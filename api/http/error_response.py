"""Errors told over HTTP by what is no GraphQL, in the same form."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from api.graphql.errors import CODES_BY_NAME, RequestError
from api.logging import request_id

__all__ = ["error_response"]


def error_response(code: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """The error of a code, as GraphQL's are told, with its HTTP status; `more` stands beside it in the answer."""
    refusal = RequestError(code, CODES_BY_NAME[code].meaning)
    told = refusal.formatted(request_id.get() or "")
    return JSONResponse({**more, "errors": [told]}, refusal.code.status, headers)
