"""Who may, and how much. Nothing here needs any other part of the web.

`proxies` knows who stands in front, `security` and `cors` say who may write, and both add `headers` to every answer.
`rate_limit` lets nobody ask too much, `guesses` nobody try tokens; both count by `shared_counts`, over all workers.

`visitors` says who is asking, by `cookies` or the operator's token; `class_codes` knows a class by its code and its
teacher by a key.
"""
