"""What is checked before anything starts, so that a newcomer reads one line instead of a traceback.

Lines for the terminal carry Chinese and English side by side: a terminal has no language choice.
"""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

PROBE_BYTES = 8 * 1024 * 1024


class CannotStart(Exception):
    """The platform cannot start here; the text is one line with the way out."""


def check_folder(var_dir: Path) -> None:
    """Raises CannotStart unless 8 MiB can be written below `var_dir`, which is made if absent."""
    probe = var_dir / f".probe-{os.getpid()}"
    try:
        var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with probe.open("wb") as file:
                file.write(bytes(PROBE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotStart(
                f"磁盘已满，{var_dir} 写不下 · the disk is full: free some space for {var_dir}, or set VAR_DIR to a folder on another disk"
            ) from error
        raise CannotStart(
            f"{var_dir} 不可写（{error.strerror}）· cannot be written: make it writable for this user, or set VAR_DIR to a folder that is"
        ) from error


def check_port(host: str, port: int) -> None:
    """Raises CannotStart unless this process may listen on host:port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(f"端口 {port} 已被占用 · port {port} is taken, choose another: make run PORT={port + 1}") from error
            raise CannotStart(
                f"无法监听 {host}:{port} · cannot listen there ({error.strerror}), choose another: make run PORT=8001"
            ) from error
        except OverflowError as error:
            raise CannotStart(f"端口 {port} 不存在 · there is no port {port}, choose one up to 65535: make run PORT=8001") from error


def claim(var_dir: Path) -> IO[str]:
    """The open lock file that marks `var_dir` as in use until this process ends. Raises CannotStart when another one holds it."""
    lock = (var_dir / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "?"
        lock.close()
        raise CannotStart(
            f"已在运行（进程 {holder}）· already running on {var_dir} as process {holder}: end that one, or set VAR_DIR to another folder"
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
