# The application with gunicorn and WhiteNoise. docs/betrieb.md says how to build and run it; what each step
# does is tried on a bare Debian by `make abbild-pruefen`.

FROM node:22-bookworm-slim AS oberflaeche
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim-bookworm AS pakete
# With what an object store needs (S3_URL), which is not in requirements/betrieb.txt.
COPY requirements/s3.txt /tmp/betrieb.txt
# The environment gets its packages from the pip of the base image and has none of its own.
RUN python -m venv /bau \
    && python -m venv --without-pip /venv \
    && /bau/bin/pip --python /venv/bin/python install --no-cache-dir --no-compile --require-hashes \
        --only-binary=:all: --requirement /tmp/betrieb.txt

# Names with a hash, and each file also gzipped and in Brotli: from here only the result goes on.
FROM pakete AS statisch
WORKDIR /app
COPY --from=oberflaeche /app/node_modules node_modules
COPY . .
# Settings ask for these two; nothing that is built here depends on their values, and neither is kept.
RUN SECRET_KEY=nur-zum-bauen ALLOWED_HOSTS=bau /venv/bin/python manage.py collectstatic --noinput --verbosity=0

FROM python:3.13-slim-bookworm
# What WeasyPrint opens at run time. The versions follow the base image, which gets Debian's security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin doku \
    && install --directory --owner=doku --group=doku /daten /daten/medien

# Only /daten and /tmp are written to; all else may be mounted read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MEDIA_ROOT=/daten/medien \
    BIND=0.0.0.0:8000

WORKDIR /app
COPY --from=pakete /venv /venv
COPY . .
COPY --from=statisch /app/static-gesammelt static-gesammelt
# Without compiled modules each start would compile them anew, for it may not keep them.
RUN python -m compileall -q -j 0 /venv/lib /app

USER 10001:10001
VOLUME /daten
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "konferenz.wsgi"]
