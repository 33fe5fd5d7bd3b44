"""`python -m fourbit.cli`."""

from fourbit.cli import main

main()
