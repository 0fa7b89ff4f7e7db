"""Training: MNIST → augmentation → network → artefacts. Needs the extra “train”; serving never imports it.

`dataset` finds MNIST, `augmentation` varies it, `network` holds the architectures, `fit` trains them,
`evaluation` measures, `pictures` draws, `export` writes the model's folder.
"""
