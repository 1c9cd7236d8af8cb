"""`python -m diffbench` is the command `diffbench`."""

from diffbench.cli import main

if __name__ == "__main__":
    main(prog_name="diffbench")
