"""How a process of a sweep begins. Nothing of the project is imported here: it can be only once Django knows its settings."""

import ctypes
import signal

PR_SET_PDEATHSIG = 1


def begin() -> None:
    """A child started afresh: it ends with its parent, finds Django as the parent did, and reads files alone, for the others work too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    import django
    import pyarrow as pa

    django.setup()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
