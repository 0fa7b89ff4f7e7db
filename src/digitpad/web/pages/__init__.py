"""For people: what they open, read and load. The operator has pages of their own, in `operator_pages`.

`page` is the one on which people draw, with those that explain it; `collecting` has those of a class. `words` has all
that they read, by language, `static_files` what their browsers load. Every page has its address also with a slash at
the end (`strict_slashes`): people type what a wall shows of it.

The texts themselves lie in `web/words`, the templates in `web/templates`, the browser's files in `web/static`.
"""
