"""Who may do what, and how often. Nothing here needs any other part of the web.

`proxies` handles the proxies in front, `security` and `cors` check who may write, and both add `headers` to every
response. `rate_limit` limits requests, `guesses` wrong tokens; both count in `shared_counts`, over all workers.

`visitors` says who is asking, by `cookies` or the operator's token; `class_codes` knows a class by its code and its
teacher by a key.
"""
