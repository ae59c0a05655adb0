# The first stage makes a finished virtual environment, the second one only carries it: no Node, no compiler, no pip.
# tests/house/test_image.py runs the same commands in a temporary folder: keep each of them free of absolute paths.
FROM python:3.11-slim AS build
ENV TOOLS=/opt/tools WHEELS=/opt/wheels VIGIE=/opt/vigie PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements-build.lock requirements.lock ./
RUN python -m venv --without-pip "$TOOLS" \
    && python -m pip --python "$TOOLS/bin/python" install --no-deps --only-binary=:all: \
       --require-hashes -r requirements-build.lock
# http-ece is published as source only; the pinned setuptools of the build lock builds it.
RUN python -m pip --python "$TOOLS/bin/python" wheel --no-deps --only-binary=:all: --no-binary=http-ece \
    --use-pep517 --no-build-isolation --require-hashes -r requirements.lock --wheel-dir "$WHEELS"
COPY . .
RUN python -m pip --python "$TOOLS/bin/python" wheel --no-deps --no-build-isolation --wheel-dir "$WHEELS" .
RUN python -m venv --without-pip "$VIGIE" \
    && python -m pip --python "$VIGIE/bin/python" install --no-deps --no-index "$WHEELS"/*.whl

FROM python:3.11-slim
# initdb wants an account with a name; the data folder is its alone.
RUN useradd --system --uid 10001 --home-dir /var/lib/vigie --no-create-home vigie \
    && install --directory --owner=vigie --mode=0700 /var/lib/vigie
COPY --from=build /opt/vigie /opt/vigie
ENV PATH=/opt/vigie/bin:$PATH VIGIE_DATA=/var/lib/vigie VIGIE_HOST=0.0.0.0 VIGIE_PORT=8000 PYTHONUNBUFFERED=1
USER vigie
WORKDIR /var/lib/vigie
VOLUME /var/lib/vigie
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['VIGIE_PORT']}/health/live\", timeout=4)"]
CMD ["vigie", "serve"]
