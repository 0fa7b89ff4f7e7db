"""`python -m tests.vectors`: writes the file."""

from tests.vectors import write

write()
