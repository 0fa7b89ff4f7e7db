# The image that serves: docker build -t mnist:latest .
#
# Three stages, so that a change of the code installs only the code again, and no build tool reaches the last one.

FROM python:3.11-slim AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/digitpad
COPY requirements/serve.txt /build/requirements.txt
# Not needed to run: the packages' own tests, tools that change models, ONNX Runtime's library for C (Python has its own).
RUN pip --python /opt/digitpad/bin/python install --require-hashes --only-binary :all: -r /build/requirements.txt \
 && cd /opt/digitpad/lib/python3.11/site-packages \
 && find . -type d -name tests -prune -exec rm -r {} + \
 && rm -r onnxruntime/quantization onnxruntime/tools onnxruntime/transformers onnxruntime/capi/libonnxruntime.so.*

FROM dependencies AS package
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip --python /opt/digitpad/bin/python install --no-deps --no-build-isolation --prefix /package .

FROM python:3.11-slim
RUN groupadd --gid 10001 digitpad \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin digitpad \
 && install -d -o digitpad -g digitpad /data
COPY --from=dependencies /opt/digitpad /opt/digitpad
COPY --from=package /package /opt/digitpad
ENV PATH=/opt/digitpad/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/data \
    DIGITPAD_HOST=0.0.0.0 \
    DIGITPAD_PORT=5000 \
    DIGITPAD_STORE=cassandra://mnist_cassandra:9042/mnist_key \
    DIGITPAD_OUTBOX=/data/outbox.db \
    DIGITPAD_STATE=/data/state
USER digitpad
WORKDIR /data
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['DIGITPAD_PORT']}/healthz\", timeout=2)"]
# docker build --build-arg REVISION=$(git rev-parse HEAD) …; last, so that another revision rebuilds nothing.
ARG REVISION=unknown
LABEL org.opencontainers.image.title="digitpad" \
      org.opencontainers.image.description="Draw a digit in the browser, see what a convolutional network reads, keep every prediction" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION"
ENTRYPOINT ["digitpad"]
CMD ["serve"]
