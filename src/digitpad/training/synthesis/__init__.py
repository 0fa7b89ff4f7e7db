"""What other hands, pens, cameras and people who draw no digit at all would have made.

skeleton   MNIST's pictures as strokes          hands      digits the way MNIST hardly has them
letters    letters and symbols from fonts       not_digits all that must be refused
strokes    bends strokes and draws them         degrading  what happens to pictures of them
epochs     mixes all of it, anew each epoch
"""
