"""Parts ink from paper in a picture: `ink_of` decides by which way.

A clean picture's ink stands in its histogram (`parting`, with `otsu`'s threshold); where bands have ink and paper
changed, they are turned over first (`bands`); a photograph has its light, rules and frames taken off (`photograph`).
`pieces` of ink that hang together tell the drawing from dirt.
"""

from digitpad.paper.parting import Polarity, ink_of, paper_is_light

__all__ = ["Polarity", "ink_of", "paper_is_light"]
