"""Runs a command that the kernel kills as soon as the supervising process is gone: `leash.py <supervisor's pid> command …`.

A program of its own instead of a preexec_fn, which may deadlock in a process with threads. It imports little, to start in milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    # Gone before the kernel was asked: nobody would ever end this child.
    if os.getppid() != supervisor:
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
