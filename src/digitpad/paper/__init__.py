"""Parts ink from paper in a picture: `ink_of` decides by which way.

A clean picture's ink stands in its histogram (`parting`, with `otsu`'s threshold), once a `border` has gone and
`bands` with ink and paper changed are turned over. A `photograph` has its `light` taken off, then frames and
`rules`; so has a clean picture with such lines. Whoever doubts what came out of that asks for the other way: as if it
were clean. `pieces` of ink that hang together tell a drawing from dirt.
"""

from digitpad.paper.parting import Found, Polarity, ink_of, paper_is_light

__all__ = ["Found", "Polarity", "ink_of", "paper_is_light"]
