# The application with gunicorn and WhiteNoise. docs/betrieb.md says how to build and run it.

FROM node:22-bookworm-slim AS oberflaeche
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim-bookworm AS pakete
COPY requirements/betrieb.txt /tmp/betrieb.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r /tmp/betrieb.txt

FROM python:3.13-slim-bookworm
# What WeasyPrint opens at run time. The versions follow the base image, which gets Debian's security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /daten --shell /usr/sbin/nologin doku \
    && install --directory --owner=doku --group=doku /daten /daten/medien

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MEDIA_ROOT=/daten/medien \
    BIND=0.0.0.0:8000

WORKDIR /app
COPY --from=pakete /venv /venv
COPY --from=oberflaeche /app/node_modules node_modules
COPY . .
# Settings ask for these two; nothing that is built here depends on their values, and neither stays in the image.
RUN SECRET_KEY=nur-zum-bauen ALLOWED_HOSTS=bau python manage.py collectstatic --noinput

USER 10001:10001
VOLUME /daten
EXPOSE 8000
CMD ["gunicorn", "konferenz.wsgi"]
