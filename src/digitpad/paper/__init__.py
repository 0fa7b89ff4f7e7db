"""Separates ink from paper in a picture; `ink_of` decides how.

In a clean picture the histogram tells ink from paper (`parting`, with the threshold of `otsu`), once a `border` is
removed and `bands` with ink and paper swapped are inverted. From a `photograph`, what a `sheet` lies on is removed
first, then the `light`, frames and `rules`; likewise from a clean picture with such lines. A caller who doubts that
result can ask for the other way: as if the picture were clean. Connected `pieces` of ink tell a drawing from dirt.
"""

from digitpad.paper.parting import Found, Polarity, ink_of, paper_is_light

__all__ = ["Found", "Polarity", "ink_of", "paper_is_light"]
