# Two images. portal: web, worker and beat, the command says which. proxy: nginx with the static files of the same build.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm AS portal
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/portal --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /srv/portal /var/lib/portal /var/lib/portal/files /var/lib/portal/heads /srv/static
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DIAGDM_VAR=/var/lib/portal DIAGDM_STATIC_ROOT=/srv/static
COPY --from=build /opt/venv /opt/venv
# Backup and restore: the tools of the very version of PostgreSQL that docker-compose.yml starts.
COPY --from=postgres:17-bookworm /usr/lib/postgresql/17/bin/pg_dump /usr/lib/postgresql/17/bin/pg_restore /usr/local/bin/
COPY --from=postgres:17-bookworm /usr/lib/*/libpq.so.5* /usr/local/lib/
RUN ldconfig
WORKDIR /srv/portal
COPY --chown=root:root manage.py ./
COPY --chown=root:root diagdm ./diagdm
COPY --chown=root:root portal ./portal
COPY --chown=root:root tariffs ./tariffs
COPY --chown=root:root experts ./experts
COPY --chown=root:root applications ./applications
COPY --chown=root:root templates ./templates
COPY --chown=root:root static ./static
COPY --chown=root:root deploy/gunicorn.conf.py ./
# Static files are collected, named by their content and compressed once, here; the keys only let the settings load.
RUN DIAGDM_ENVIRONMENT=production DIAGDM_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    DIAGDM_FILE_KEYS="$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    DIAGDM_ALLOWED_HOSTS=localhost DATABASE_URL=postgres://build@localhost/build \
    python manage.py collectstatic --no-input --verbosity 0
USER portal
EXPOSE 8000
CMD ["gunicorn", "diagdm.wsgi", "--config", "gunicorn.conf.py"]

FROM nginx:1.28-alpine AS proxy
COPY deploy/nginx.conf /etc/nginx/nginx.conf
COPY --from=portal /srv/static /srv/static
USER nginx
EXPOSE 8080
