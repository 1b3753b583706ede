# Three build stages and a slim runtime. The image runs as an ordinary user on a read-only root file system;
# it writes only to /tmp and to its data volume, /var/lib/quire.

# --- assets: styles, scripts, fonts and icons
FROM node:24-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev
COPY tools/build_assets.mjs tools/
COPY static/src static/src
RUN npm run build

# --- wheels: one environment with the pinned, hashed requirements, wheels only
FROM python:3.13-slim-bookworm AS wheels
ENV PATH=/opt/quire/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/quire/app
RUN python -m venv /opt/quire/venv
COPY requirements/base.txt requirements/
# The file is a full closure, so nothing is resolved; `excludes.txt` says why that matters.
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements/base.txt

# --- model: the embedder's graph, built with onnx, which the runtime does without, and the tables of languages
FROM wheels AS model
COPY requirements/local.txt requirements/
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements/local.txt
COPY manage.py ./
COPY config config
COPY apps apps
ENV QUIRE_VAR=/tmp/quire QUIRE_MODELS_DIR=/opt/quire/models
RUN python manage.py build_embedder && python manage.py build_languages

# --- runtime: python:slim brings ca-certificates; Tesseract reads scanned pages (more languages: tesseract-ocr-deu and so on)
FROM python:3.13-slim-bookworm AS runtime
ENV PATH=/opt/quire/venv/bin:$PATH \
    HOME=/tmp \
    MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    QUIRE_MODELS_DIR=/opt/quire/models \
    QUIRE_STATIC_ROOT=/opt/quire/static \
    QUIRE_VAR=/var/lib/quire
WORKDIR /opt/quire/app
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 quire \
    && useradd --no-log-init --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin quire \
    && install --directory --owner quire --group quire --mode 0700 /var/lib/quire
COPY --from=wheels /opt/quire/venv /opt/quire/venv
COPY --from=model /opt/quire/models /opt/quire/models
COPY LICENSE NOTICE manage.py ./
COPY config config
COPY apps apps
COPY templates templates
COPY docs/handbook docs/handbook
COPY --from=assets /src/static/dist static/dist
# A throw-away QUIRE_VAR: the secrets that these commands make must not reach a layer.
RUN QUIRE_VAR=/tmp/quire python manage.py collectstatic --noinput \
    && python -m compileall -q apps config \
    && rm -rf /tmp/quire

USER 10001:10001
VOLUME ["/var/lib/quire"]
EXPOSE 8000
# The web process; the others override this in compose.yaml.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["daphne", "--bind", "0.0.0.0", "--port", "8000", "--no-server-name", "--access-log", "/dev/null", "--websocket-max-message-size", "65536", "--websocket-max-frame-size", "65536", "config.asgi:application"]
