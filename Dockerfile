# One image for all services of docker-compose.yml. Each service has its own command.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
# mysqlclient has no wheel. It is built in this stage, so that the final image needs no compiler.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin atelier \
    && install -d -o atelier -g atelier -m 0700 /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/atelier
COPY . .
# Bytecode of our code and of Python, which its image leaves out; pip has compiled the packages. Without it each start of
# a process compiles 2,000 files.
RUN python -m compileall -q -x "/(tests?|site-packages)/" /usr/local/lib/python3.11 .
ENV PATH=/opt/venv/bin:$PATH \
    ATELIER_HOME=/data \
    DJANGO_SETTINGS_MODULE=config.settings \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER atelier
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "config.web_server", "--interface", "wsgi", "config.wsgi:application", "--host", "0.0.0.0", "--port", "8000"]
