"""Imitates other hands, pens and cameras, and people who draw no digit at all.

skeleton   MNIST's pictures as strokes          hands      digits in ways rare in MNIST
letters    letters and symbols from fonts       not_digits all that must be refused
strokes    bends strokes and draws them         degrading  what happens to pictures of them
epochs     mixes all of it, anew each epoch
"""
