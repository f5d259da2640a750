"""The cage of what decodes files: little memory, no network, one folder, and a clock.

Runs in the subprocess, before anything of a file is read. What a system does not offer is reported,
never silently left out. Landlock: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024 * 1024
# The same numbers on every architecture of Linux (landlock) and in linux/prctl.h, linux/sched.h.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14
_TCP = 0b11
_SCOPES = 0b11
# How many rights over files a version of Landlock knows.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16
_LIBRARIES = ("/usr", "/lib", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost: address space, processor time, the size of what is written."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int


FOR_PICTURES = Bounds(memory_bytes=640 * _MIB, cpu_s=60, file_bytes=96 * _MIB)
# A film's encoder reserves more than it touches.
FOR_FILMS = Bounds(memory_bytes=1536 * _MIB, cpu_s=200, file_bytes=256 * _MIB)
MAX_PROCESSES = 64
MAX_OPEN_FILES = 64


def confine(folder: Path, bounds: Bounds) -> list[str]:
    """Shut this process, and all that it starts, into a folder; return what is missing here.

    The folder may be read and written, the libraries read; nothing else of the disk is there.
    """
    # In a namespace of its own it is nobody.
    is_root = os.getuid() == 0
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    has_own_network = libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    _limit(bounds, counts_processes=has_own_network)
    version = _landlock(libc, folder)
    return missing_of(version, has_own_network=has_own_network, is_root=is_root)


def missing_of(version: int, *, has_own_network: bool, is_root: bool) -> list[str]:
    """Tell what a cage lacks with a version of Landlock, 0 for none."""
    missing = []
    if version == 0:
        missing.append("Landlock: a broken decoder could read files of this server")
    if version < 6:
        missing.append("Landlock 6: it could end other processes of this user by a signal")
    if is_root:
        missing.append("it runs as root: the number of its processes is not bounded")
    if not has_own_network:
        # Landlock refuses TCP from its fourth version on, and nothing else of the network.
        stays = "TCP is refused, UDP is not" if version >= 4 else "it could reach the network"
        missing.append(f"user namespaces: {stays}")
    return missing


def _limit(bounds: Bounds, *, counts_processes: bool) -> None:
    limits = {
        resource.RLIMIT_AS: bounds.memory_bytes,
        resource.RLIMIT_CPU: bounds.cpu_s,
        resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    if counts_processes:
        # Only in a namespace of one's own are the server's own processes not counted too.
        limits[resource.RLIMIT_NPROC] = MAX_PROCESSES
    for what, most in limits.items():
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _landlock(libc: ctypes.CDLL, folder: Path) -> int:
    """Take away all files but the folder and the libraries; return the version, 0 for none."""
    version = max(libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1), 0)
    if version == 0:
        return 0
    known = (1 << _FILE_RIGHTS.get(version, _NEWEST_FILE_RIGHTS)) - 1
    network, scopes = _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0
    # Older versions know fewer fields, and refuse only those that are set.
    attributes = struct.pack("=QQQ", known, network, scopes)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        return 0
    readable = _READ_FILE | _READ_DIR | _EXECUTE
    writable = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE
    _allow(libc, rules, _code(), rights=readable)
    _allow(libc, rules, _DEVICES, rights=_READ_FILE | _WRITE_FILE)
    _allow(libc, rules, [str(folder)], rights=writable & known)
    done = libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)
    return version if done == 0 else 0


def _code() -> set[str]:
    """Return where programs and libraries lie, among them this room's own."""
    return {*_LIBRARIES, sys.prefix, sys.base_prefix, str(Path(__file__).parent)} - {"/"}


def _allow(libc: ctypes.CDLL, rules: int, paths: Iterable[str], *, rights: int) -> None:
    for path in paths:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        # Of a single file the kernel takes no rights that are for folders.
        granted = rights if os.path.isdir(path) else rights & ~(_READ_DIR | 0x1FF0)
        rule = struct.pack("=Qi", granted, handle)
        libc.syscall(_LANDLOCK_ADD, rules, 1, rule, 0)
        os.close(handle)
