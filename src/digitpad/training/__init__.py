"""Training: MNIST → augmentation → network → artefacts. Needs the extra “train”; serving never imports it.

`dataset` finds MNIST, `augmentation` varies it, `network` holds the architectures, `fit` trains them,
`evaluation` measures, `pictures` draws, `export` writes the model's folder.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is loaded: it talks a lot
