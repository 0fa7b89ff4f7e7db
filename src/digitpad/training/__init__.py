"""Training: MNIST and what is made from it → network → artefacts. Needs the extra “train”; serving never imports it.

`dataset` finds MNIST, `fonts` the handwriting fonts; `synthesis` makes what MNIST lacks, `network` holds the
architectures, `fit` trains them, `quantization` makes them fast, `calibration` turns logits into chances;
`evaluation` measures on the sets of `benchmark` and `corruption`, `pictures` plots, `export` writes the model's folder.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is loaded: it logs a lot
