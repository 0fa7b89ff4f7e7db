# The image that trains: docker build -t mnist:train -f deploy/train.Dockerfile . (after mnist:latest)
#
# A file of its own and not a stage of ../Dockerfile: Docker's classic builder builds every stage, and who only serves
# would wait for TensorFlow.
ARG BASE=mnist:latest

# Beside the other image and not on top of it, so that a change of the code fetches nothing again.
FROM python:3.11-slim AS keras
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/digitpad
COPY requirements/train.txt /build/requirements.txt
# Not needed to train: what extensions of TensorFlow in C++ are compiled with (290 MB).
RUN pip --python /opt/digitpad/bin/python install --require-hashes --only-binary :all: -r /build/requirements.txt \
 && rm -r /opt/digitpad/lib/python3.11/site-packages/tensorflow/include

FROM ${BASE}
COPY --from=keras /opt/digitpad /opt/digitpad
# What is fetched stays on the volume; npm trusts whom the system trusts.
ENV KERAS_HOME=/data/keras XDG_CACHE_HOME=/data/cache MPLCONFIGDIR=/tmp \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
HEALTHCHECK NONE
CMD ["train", "--help"]
