# Sudi in a container: nothing but Python, the pinned packages, git and Sudi; no root, no shell between it and its signals.
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements/run.txt requirements/
RUN python -m venv /opt/sudi \
 && /opt/sudi/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY digest digest
COPY storage storage
COPY adapters adapters
COPY bot bot
RUN /opt/sudi/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
# For sources that are Git repositories; SSH wants to know its user by name, and looks into that user's home.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd -g 10001 sudi \
 && useradd -u 10001 -g 10001 -d /data -M -s /usr/sbin/nologin sudi \
 && install -d -o 10001 -g 10001 /data /posts
COPY --from=build /opt/sudi /opt/sudi
ENV PATH=/opt/sudi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SUDI_DATA_DIR=/data \
    SUDI_SOURCES=/posts \
    SUDI_HOST=0.0.0.0 \
    SUDI_PORT=8330
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8330
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8330/healthz', timeout=4)"]
ENTRYPOINT ["sudi"]
CMD ["run"]
