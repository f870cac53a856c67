# The service as it runs in production: no root, and no writing but to /data (`docker run --read-only` works).
FROM python:3.11-slim AS packages
WORKDIR /build
# requirements-tracing.lock brings OpenTelemetry, too.
ARG LOCK=requirements.lock
COPY requirements*.lock ./
RUN python -m venv /opt/mixbot \
    && /opt/mixbot/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r "$LOCK"

FROM python:3.11-slim
ENV PATH="/opt/mixbot/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MIXBOT_HOST=0.0.0.0 \
    MIXBOT_DB_URL=sqlite:////data/bot.db
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin mixbot \
    && install -d -m 700 -o mixbot -g mixbot /data
COPY --from=packages /opt/mixbot /opt/mixbot
WORKDIR /app
COPY config config
COPY handlers handlers
COPY bot bot
RUN python -m compileall -q config handlers bot
USER 10001:10001
VOLUME /data
EXPOSE 7002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
