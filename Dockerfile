# Two images: `site`, the site itself (the one that is built when none is named), and `engine`, its
# private Docker Engine. compose.yaml runs both. The site alone, on its embedded engine:
#
#     docker build -t layercake .
#     docker run -p 8000:8000 -v layercake:/data layercake

FROM node:22-slim AS frontend
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY vite.config.ts svelte.config.js tsconfig.json ./
COPY static/src static/src
RUN npm run build

# Debian 12: its docker.io is the engine that the tests run on.
FROM python:3.11-slim-bookworm AS code
ENV PYTHONUNBUFFERED=1 \
    LAYERCAKE_DATA=/data \
    LAYERCAKE_CACHE=/site/cache
WORKDIR /site
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt
COPY manage.py ./
COPY visualizer visualizer
COPY templates templates
COPY content content
# The numbers are the same in both images: the engine lets this group use its socket. The folder
# that both share is root's, so that nobody but the engine writes in it.
RUN groupadd --system --gid 10001 layercake \
    && useradd --system --uid 10001 --gid layercake --create-home --shell /usr/sbin/nologin layercake \
    && mkdir -p /data/engine/private /site/cache \
    && chown layercake:layercake /data /data/engine /site/cache

FROM code AS engine
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        busybox-static docker-registry docker.io e2fsprogs iproute2 iptables skopeo xfsprogs \
    && rm -rf /var/lib/apt/lists/*
COPY deploy/engine /usr/local/bin/engine
ENV LAYERCAKE_PRIVATE_GROUP=layercake
HEALTHCHECK --interval=10s --timeout=15s --start-period=120s --retries=3 \
    CMD ["python", "manage.py", "engine", "status"]
CMD ["engine"]

FROM code AS site
COPY --from=frontend /src/static/dist static/dist
USER layercake
# Compiled here, so that the first learner does not wait for it.
RUN python -c "from visualizer.engine.embedded.userland.python import module; module.compiled()"
# The site needs to write in two places only: its data, and the compiled Python sandbox.
VOLUME /data
EXPOSE 8000

# It asks for the site by a name that it answers to, as a proxy in front of it would.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; host = (os.environ.get('LAYERCAKE_HOSTS') or '127.0.0.1').split(',')[0].strip().lstrip('.'); r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': host, 'X-Forwarded-Proto': 'https'}), timeout=4)"]

# A new version may bring migrations for the data of an old one.
CMD ["sh", "-c", "python manage.py migrate --no-input && exec python manage.py serve --host 0.0.0.0 --port 8000"]
