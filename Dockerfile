# syntax=docker/dockerfile:1
# The bot with what requirements.lock pins, as a user without rights. Everything but /data may be
# read-only; docs/operations.md tells how to run it.

FROM python:3.13-slim AS build
RUN python -m venv /opt/venv
COPY requirements.lock /build/requirements.lock
# Wheels alone, each of a known hash: nothing is compiled, and nobody else's code runs here.
RUN /opt/venv/bin/pip install --no-cache-dir --no-compile --only-binary :all: \
        --no-deps --require-hashes -r /build/requirements.lock \
    && /opt/venv/bin/pip uninstall --yes pip
COPY bot /app/bot
COPY cogs /app/cogs
COPY data /app/data
# Compiled now, since a read-only file system takes no cache later.
RUN python -m compileall -q -j 0 /opt/venv/lib /app

FROM python:3.13-slim
LABEL org.opencontainers.image.title="episode-bot" \
      org.opencontainers.image.licenses="MIT"
# Git, for shows whose episodes are in a repository; the newest that the base image knows.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Threads share two heaps: what each would keep in one of its own adds up to much.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    MPLCONFIGDIR=/tmp/matplotlib \
    ARCHIVE=/data/archive.sqlite3
WORKDIR /app
USER 10001:10001
VOLUME ["/data"]
STOPSIGNAL SIGTERM
# The first start loads the whole archive before the bot connects.
HEALTHCHECK --interval=60s --timeout=10s --start-period=5m --retries=3 \
    CMD ["python", "-m", "bot", "healthy"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
