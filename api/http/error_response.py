"""Build error responses in JSON for all endpoints except /graphql. The errors have the format of GraphQL errors."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from api.graphql.errors import CODES_BY_NAME, RequestError
from api.logging import request_id

__all__ = ["error_response"]


def error_response(code: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """Return the response for an error code. The entries of `more` are added to the JSON body."""
    refusal = RequestError(code, CODES_BY_NAME[code].meaning)
    error = refusal.formatted(request_id.get() or "")
    return JSONResponse({**more, "errors": [error]}, refusal.code.status, headers)
