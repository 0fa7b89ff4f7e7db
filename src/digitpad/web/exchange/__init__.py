"""What comes in and what goes out.

`overload` takes each body in and lets nobody keep others waiting, `bodies` reads what came, `requested` what is asked
for besides.

`answering` makes what goes out, `exporting` what is taken along, `problems` every error, and `compression` packs it.
"""
