# The image that trains: docker build -t mnist:train -f deploy/train.Dockerfile . (after mnist:latest)
#
# A file of its own and not a stage of ../Dockerfile: Docker's classic builder builds every stage, and who only serves
# would wait for TensorFlow.
ARG BASE=mnist:latest
FROM ${BASE}
USER root
COPY requirements/train.txt /build/requirements.txt
# pip comes from the base's own Python: the environment has none.
RUN ["/usr/local/bin/python3", "-m", "pip", "--python", "/opt/digitpad/bin/python", "install", "--no-cache-dir", "--disable-pip-version-check", "--root-user-action=ignore", "--require-hashes", "--only-binary", ":all:", "-r", "/build/requirements.txt"]
USER digitpad
ENV KERAS_HOME=/data/keras MPLCONFIGDIR=/tmp
HEALTHCHECK NONE
CMD ["train", "--help"]
