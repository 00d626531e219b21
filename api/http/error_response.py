"""Error responses of the endpoints other than GraphQL, in the same JSON format as GraphQL errors."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from api.graphql.errors import CODES_BY_NAME, RequestError
from api.logging import request_id

__all__ = ["error_response"]


def error_response(code: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """Return the response for an error code, with its HTTP status. The body has the keys of `more` besides `errors`."""
    refusal = RequestError(code, CODES_BY_NAME[code].meaning)
    told = refusal.formatted(request_id.get() or "")
    return JSONResponse({**more, "errors": [told]}, refusal.code.status, headers)
