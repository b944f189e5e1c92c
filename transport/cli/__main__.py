"""`python -m transport.cli`."""

from transport.cli.app import main

main()
