"""For programs: the API under /api/v1, and its description.

`predictions` reads a drawing, and shows, corrects and removes predictions; `batch` reads many drawings at once,
`similar` finds those most like one. `own_records` exports or removes all of a visitor's records, `classes` handles the
drawings of a class.

`openapi` describes all endpoints to programs, `reference` to people; both are built from what the endpoints declare.
"""
