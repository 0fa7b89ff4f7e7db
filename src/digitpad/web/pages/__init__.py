"""Pages for people. The operator's pages are in `operator_pages`.

`page` has the page on which people draw and those that explain it; `collecting` has those of a class. `words` has all
visible texts, by language, `static_files` the files that browsers load. Every page's address also works with a slash
at the end (`strict_slashes`): people type the part of it that a wall shows.

The texts themselves are in `web/words`, the templates in `web/templates`, the browser's files in `web/static`.
"""
