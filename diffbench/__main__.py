"""`python -m diffbench` is the command `diffbench`."""

import os
import sys

if __name__ == "__main__":
    if sys.path[0] in ("", os.getcwd()):
        sys.path.append(sys.path.pop(0))  # so that a random.py that lies here is nobody's random
    from diffbench.cli import main

    main(prog_name="diffbench")
