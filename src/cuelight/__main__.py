"""`python -m cuelight`: the command line, where its script is not on the path."""

import sys

from cuelight.cli import main

if __name__ == "__main__":
    sys.exit(main())
