"""`python -m digitpad`, the same as `digitpad`."""

from digitpad.cli import main

main()
