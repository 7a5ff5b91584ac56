# The site itself. Build and run it with:
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

FROM python:3.11-slim
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
COPY --from=frontend /src/static/dist static/dist

# The site needs to write in two places only: its data, and the compiled Python sandbox.
RUN useradd --system --create-home --shell /usr/sbin/nologin layercake \
    && mkdir -p /data /site/cache \
    && chown layercake:layercake /data /site/cache
USER layercake
# Compiled here, so that the first learner does not wait for it.
RUN python -c "from visualizer.engine.embedded.userland.python import module; module.compiled()"
VOLUME /data
EXPOSE 8000

# It asks for the site by a name that it answers to, as a proxy in front of it would.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; host = os.environ.get('LAYERCAKE_HOSTS', '127.0.0.1').split(',')[0].strip().lstrip('.'); r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': host, 'X-Forwarded-Proto': 'https'}), timeout=4)"]

# A new version may bring migrations for the data of an old one.
CMD ["sh", "-c", "python manage.py migrate --no-input && exec python manage.py serve --host 0.0.0.0 --port 8000"]
