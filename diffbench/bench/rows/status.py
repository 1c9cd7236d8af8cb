"""How a cell can end."""

from enum import StrEnum


class Status(StrEnum):
    """How a cell ended."""

    OK = "ok"
    INACCURATE = "inaccurate"  # an answer, and a wrong one; `reason` says by how much
    UNKNOWN = "unknown"  # an answer, and nothing to judge it by
    CONTRADICTED = "contradicted"  # an answer; the reference and plain f say different things
    UNSUPPORTED = "unsupported"  # the method refused and said why
    FAILED = "failed"  # an exception nobody meant
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CRASHED = "crashed"  # the process died, or said what is no answer
    NOT_RUN = "not run"  # the run's budget was spent before its turn came
