"""The command line: python -m sim run, compare, show, backtest, calibrate and others."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from sim.cli import BAD_INPUT, FINE, INTERRUPTED
from sim.cli.parser import parser
from sim.errors import BadInput


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say how it ended (0, 2, 3 or 130)."""
    try:
        chosen = parser().parse_args(arguments)
        return int(chosen.command(chosen))
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(
            "\nStopped. Files that were finished are kept; none is half-written.", file=sys.stderr
        )
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FINE
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        print(
            f"{error.filename or 'disk'}: {error.strerror}. Choose another place with --out, or "
            "make room; nothing is half-written.",
            file=sys.stderr,
        )
        return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
