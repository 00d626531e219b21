"""Generator of `docs/errors.md`, the reference of error codes and limits."""

from typing import Final

from api.graphql.errors import CODES, MAX_ERRORS
from api.graphql.execution.limits import LIMITS, Limits

_PAGE: Final = """\
# Errors

<!-- Written by `make docs` from api/graphql/errors.py and api/graphql/execution/limits.py; edit those files. -->

Every error in a response has three extensions. `code` is one of the codes below. `hint` says what to do. `requestId`
identifies the request in the server's log and is also sent as the header `X-Request-ID`. Codes are stable; messages and
hints can change. A response contains at most {max_errors} errors.

```json
{{
  "errors": [
    {{
      "message": "depth 25 is over the limit of 20",
      "locations": [{{ "line": 1, "column": 1 }}],
      "extensions": {{
        "code": "LIMIT_EXCEEDED",
        "hint": "select fewer levels and continue from the ids with nodes",
        "requestId": "5f0c8a4e3b1d4c0c9a52f7f3f2a1b6de",
        "limit": {{ "name": "depth", "limit": 20, "requested": 25 }}
      }}
    }}
  ],
  "extensions": {{ "cost": {{ "requested": 25, "limit": 500000 }} }}
}}
```

## HTTP status

- A response with `data`, which can be null, comes from an operation that was executed. Its status is 200. If it also
  has errors and the client accepts `application/graphql-response+json`, the status is 294, as in GraphQL over HTTP of
  September 2026. Proxies and caches can then recognise partial results.
- A response without `data` means that the request was rejected. Its status is in the table below.
- If the client accepts only `application/json`, the status is also 200 for `DOCUMENT_NOT_TRUSTED` and for the codes of
  status 400 other than `BAD_REQUEST`. Under this media type another status could come from a proxy.

## Codes

| Code | Status | Meaning | What to do |
|---|---|---|---|
{codes}

## Limits

`extensions.limit.name` of `LIMIT_EXCEEDED` is one of these limits. `requested` is absent if the document was not parsed
to its end. The first six limits are configurable (`docs/settings.md`).

| Limit | Default | What is counted |
|---|---|---|
{limits}
"""


def errors_page() -> str:
    """Return the reference of all codes and limits, in Markdown."""
    codes = (f"| `{code.name}` | {code.status} | {code.meaning} | {_sentence(code.hint)} |" for code in CODES)
    defaults = Limits()
    limits = (f"| `{name}` | {getattr(defaults, _attribute(name))} | {text} |" for name, text in LIMITS.items())
    return _PAGE.format(codes="\n".join(codes), limits="\n".join(limits), max_errors=MAX_ERRORS)


def _sentence(hint: str) -> str:
    return f"{hint[0].upper()}{hint[1:]}."


def _attribute(limit_name: str) -> str:
    """Return the attribute of `Limits` for a limit's name in errors."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in limit_name)
