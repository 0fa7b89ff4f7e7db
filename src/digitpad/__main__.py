"""`python -m digitpad`, the same as `digitpad`."""

from digitpad.cli import main

if __name__ == "__main__":
    main()
