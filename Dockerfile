# syntax=docker/dockerfile:1
# The API. It uses Neo4j if CITYGRAPH_DATABASE_URI is set, else an embedded database in the volume /data.

FROM python:3.11.14-slim-bookworm AS build
ARG UV_VERSION=0.13.9
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv==${UV_VERSION}"
WORKDIR /app
# Install the dependencies first, so that a change of code does not rebuild their layer.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY LICENSE README.md ./
COPY api api
COPY citygraph.py .
COPY graph graph
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home citygraph \
    && install --directory --owner=citygraph --group=citygraph --mode=0700 /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY LICENSE .
COPY seeds seeds
ENV PATH="/app/.venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CITYGRAPH_DATA_DIR=/data \
    CITYGRAPH_HOST=0.0.0.0 \
    CITYGRAPH_PORT=8000
USER citygraph
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['CITYGRAPH_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["citygraph"]
CMD ["serve"]
