"""For programs: the API under /api/v1, and what describes it.

`predictions` reads a drawing and shows, corrects and removes what was read; `batch` reads many at once, `similar` finds
those most like one. `own_records` has all of one's own, to take along or to remove, `classes` the drawings of a class.

`openapi` describes all doors of the server to programs, `reference` to people; both go by what the doors say.
"""
