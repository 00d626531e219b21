"""Writes `docs/errors.md`, the page on codes and limits."""

from typing import Final

from api.graphql.errors import CODES, MAX_ERRORS
from api.graphql.execution.limits import LIMITS, Limits

_PAGE: Final = """\
# Errors

<!-- Written by `make docs` from api/graphql/errors.py and api/graphql/execution/limits.py; edit those files. -->

Every error of a response carries `extensions.code`, one of the codes below, `extensions.hint`, which says what to do,
and `extensions.requestId`, under which the server logged the request (the header `X-Request-ID` gives it too). Rely on
the code: messages and hints may be reworded. A response tells at most {most} errors.

```json
{{
  "errors": [
    {{
      "message": "depth 25 is over the limit of 20",
      "locations": [{{ "line": 1, "column": 1 }}],
      "extensions": {{
        "code": "LIMIT_EXCEEDED",
        "hint": "ask for fewer levels, then go on from the ids with nodes",
        "requestId": "5f0c8a4e3b1d4c0c9a52f7f3f2a1b6de",
        "limit": {{ "name": "depth", "limit": 20, "requested": 25 }}
      }}
    }}
  ],
  "extensions": {{ "cost": {{ "requested": 25, "limit": 500000 }} }}
}}
```

## HTTP status

- Where a response has `data`, which may be null, the operation was carried out and the status is 200. A client that
  accepts `application/graphql-response+json` gets 294 where there are errors too: GraphQL over HTTP of September 2026
  asks for it, so that what stands between client and server can tell the two apart.
- Where a response has no `data`, the request was refused, and the status is the one below.
- To a client that accepts only `application/json` the status is 200 also for what was found wrong in a document or its
  variables (the codes with 400, except `BAD_REQUEST`): under this media type it could not tell whose error another
  status is. The same goes for a document named by its hash that is not kept, and for one that is not trusted.

## Codes

| Code | Status | Meaning | What to do |
|---|---|---|---|
{codes}

## Limits

`LIMIT_EXCEEDED` names one of these in `extensions.limit.name`; `requested` is absent where the document was not read
to its end. `docs/settings.md` tells how the first six are set; the others are fixed.

| Limit | Default | What is counted |
|---|---|---|
{limits}
"""


def errors_page() -> str:
    """The page on all codes and limits, in Markdown."""
    codes = (f"| `{each.name}` | {each.status} | {each.meaning} | {_sentence(each.hint)} |" for each in CODES)
    defaults = Limits()
    limits = (f"| `{name}` | {getattr(defaults, _field(name))} | {text} |" for name, text in LIMITS.items())
    return _PAGE.format(codes="\n".join(codes), limits="\n".join(limits), most=MAX_ERRORS)


def _sentence(hint: str) -> str:
    return f"{hint[0].upper()}{hint[1:]}."


def _field(name: str) -> str:
    """The attribute of `Limits` for a limit's name in errors."""
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
