"""The command line: python -m sim run, compare, show, backtest, calibrate and others."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from sim.cli import BAD_INPUT, FAULT, INTERRUPTED, PARTIAL
from sim.cli.faults import sentence_of, sentence_of_fault, sound_surroundings
from sim.cli.parser import parser
from sim.errors import BadInput

STOPPED = (
    "\nStopped. Files that were finished are kept; none is half-written. The same command goes on "
    "or begins again."
)
NO_MEMORY = (
    "Memory ran out, so nothing is written. Run fewer worlds or fewer --workers, or leave --labs "
    "out."
)
NO_FOLDER = "The current folder is gone (removed or renamed). Change into another and try again."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say how it ended (0, 1, 2, 3 or 130; see --help)."""
    with sound_surroundings() as streams:
        status, said = _ended(arguments)
        if said:
            print(said, file=sys.stderr)
        streams.out.flush()
        error = streams.out.error
        if error is None or error.errno in (errno.EPIPE, errno.EINVAL):
            return status  # a reader such as head may have seen enough
        print(f"stdout: {error.strerror}. Files that were written are kept.", file=sys.stderr)
        return status or PARTIAL


def _ended(arguments: Sequence[str] | None) -> tuple[int, str]:
    """The exit status of a command, and what there is to say about it."""
    try:
        os.getcwd()
    except OSError:
        return BAD_INPUT, NO_FOLDER
    try:
        chosen = parser().parse_args(arguments)
        return int(chosen.command(chosen)), ""
    except BadInput as error:
        return BAD_INPUT, str(error)
    except KeyboardInterrupt:
        return INTERRUPTED, STOPPED
    except MemoryError:
        return BAD_INPUT, NO_MEMORY
    except OSError as error:
        return BAD_INPUT, sentence_of(error)
    except Exception as error:
        return FAULT, sentence_of_fault(error)


if __name__ == "__main__":
    sys.exit(main())
