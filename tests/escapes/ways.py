"""Ways out, tried from inside: run as a program, it prints the name of each way that worked.

It gets its surroundings as JSON on standard input, knows the secret's hash alone, and must not
import anything but the standard library.
"""

# mypy: disable-error-code="func-returns-value,misc"
# Ways that return nothing are what is tried.

from __future__ import annotations

import ctypes
import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

Around = dict[str, str]
Way = Callable[[], object]
_LIBC = ctypes.CDLL(None, use_errno=True)
_WORD = re.compile(rb"secret-[0-9a-f]{32}")


def has_secret(raw: bytes, digest: str) -> bool:
    return any(hashlib.sha256(word).hexdigest() == digest for word in _WORD.findall(raw))


def reading(around: Around) -> Iterator[tuple[str, Way]]:
    """Each gives bytes; the way worked if the secret is among them."""
    planted = {key: path for key, path in around.items() if key.startswith("secret_")}
    for name, path in planted.items():
        yield f"open {name}", lambda path=path: _bytes(path)
        yield f"cat {name}", lambda path=path: _out("cat", path)
        yield f"symlink to {name}", lambda path=path: _through_link(path)
        yield f"hard link to {name}", lambda path=path: _through_hard_link(path)
        yield f"/proc/self/root {name}", lambda path=path: _bytes(f"/proc/self/root{path}")
        yield f"/proc/1/root {name}", lambda path=path: _bytes(f"/proc/1/root{path}")
        yield f"dots to {name}", lambda path=path: _bytes("../" * 30 + path.lstrip("/"))
        yield (
            f"git show from {name}",
            lambda path=path: _out("git", "diff", "--no-index", "/dev/null", path),
        )
        yield f"tar {name}", lambda path=path: _out("tar", "-cf", "-", path)
    yield "environ of all", lambda: _all("/proc/[0-9]*/environ")
    yield "command lines of all", lambda: _all("/proc/[0-9]*/cmdline")
    yield "open files of all", lambda: _all("/proc/[0-9]*/fd/*")
    yield "inherited files", lambda: b"".join(_fd(number) for number in range(3, 64))
    yield "own mounts", lambda: _bytes("/proc/self/mountinfo")
    yield "other worktrees", lambda: _all(f"{os.path.dirname(os.getcwd())}/*/*")
    yield (
        "temp",
        lambda: _all("/tmp/*") + _all("/tmp/*/*") + _all("/var/tmp/*") + _all("/dev/shm/*"),
    )
    yield "git object of another task", lambda: _out("git", "show", around["foreign_commit"])
    yield "git log of all refs", lambda: _out("git", "log", "-p", "--all")
    yield "git objects", lambda: _out("git", "cat-file", "--batch-all-objects", "--batch")
    yield (
        "find /",
        lambda: _out(
            "grep",
            "-rIs",
            "--max-count=1",
            "secret-",
            "/run",
            "/var",
            "/home",
            "/root",
            "/srv",
            "/mnt",
            "/media",
        ),
    )
    yield "session keyring", lambda: _keys()


def entering(around: Around) -> Iterator[tuple[str, Way]]:
    """The way worked if it raises nothing and gives no falsehood."""
    for number in ("tcp", "tcp6"):
        yield f"connect {number}", lambda number=number: _tcp(around[number], number == "tcp6")
    yield "connect unix", lambda: _unix(around["unix"])
    yield "connect unix in /proc/1/root", lambda: _unix(f"/proc/1/root{around['unix']}")
    yield "connect abstract unix", lambda: _unix("\0" + around["abstract"])
    for path in (
        "/run/docker.sock",
        "/var/run/docker.sock",
        "/run/containerd/containerd.sock",
        "/run/dbus/system_bus_socket",
        "/run/systemd/private",
        "/run/user/0/bus",
        "/tmp/.X11-unix/X0",
        "/run/udev/control",
        "/dev/log",
    ):
        yield f"connect {path}", lambda path=path: _unix(path)
    yield "name server", lambda: socket.create_connection(("9.9.9.9", 53), 0.3)
    yield "metadata server", lambda: socket.create_connection(("169.254.169.254", 80), 0.3)
    yield "other network interfaces", lambda: set(os.listdir("/proc/self/net/dev_snmp6")) - {"lo"}
    yield "packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    yield "raw socket to the engine", lambda: _raw()
    pid = int(around["victim"])
    yield "see the engine", lambda: pid_is_engine(pid, around["victim_start"])
    yield "parent is outside", lambda: os.path.exists("/proc/1/environ") and len(_pids()) > 12
    yield "trace by /proc/mem", lambda: os.open(f"/proc/{pid}/mem", os.O_RDWR)
    for name, arguments in _CALLS.items():
        yield f"call {name}", lambda arguments=arguments: _call(*arguments)
    yield "terminal input", lambda: fcntl.ioctl(0, 0x5412, b"x")
    yield "controlling terminal", lambda: open("/dev/tty")
    yield "user namespace", lambda: _ran("unshare", "-U", "true")
    yield "mount namespace", lambda: _ran("unshare", "-m", "true")
    yield "mount tmpfs", lambda: _ran("mount", "-t", "tmpfs", "none", "/mnt")
    yield "umount home", lambda: _ran("umount", "-l", around["home"])
    yield "remount /usr", lambda: _ran("mount", "-o", "remount,rw", "/usr")
    yield "nsenter", lambda: _ran("nsenter", "-t", "1", "-m", "true")
    yield "chroot", lambda: _ran("chroot", ".", "/bin/true")
    yield "bwrap again", lambda: _ran("bwrap", "--bind", "/", "/", "true")
    yield "setuid 0", lambda: os.getuid() != 0 and os.setuid(0) is None
    yield "su", lambda: os.getuid() != 0 and _ran("su", "-c", "true")
    yield "sudo", lambda: _ran("sudo", "-n", "true")
    yield "mknod", lambda: os.mknod("disk", 0o60600, os.makedev(254, 0))
    yield "capabilities", lambda: int(_status("CapEff"), 16) or int(_status("CapBnd"), 16)
    yield "new privileges", lambda: _status("NoNewPrivs") != "1"
    yield "unfiltered calls", lambda: _status("Seccomp") != "2"
    for device in ("mem", "kmem", "port", "kmsg", "fuse", "kvm", "loop0", "vda", "sda", "net/tun"):
        yield f"device {device}", lambda device=device: os.open(f"/dev/{device}", os.O_RDONLY)
    for path in (
        "/sys/kernel",
        "/sys/fs/cgroup",
        "/boot",
        "/home",
        "/root/.ssh",
    ):
        yield f"look at {path}", lambda path=path: os.listdir(path)


def leaving(around: Around) -> Iterator[tuple[str, Way]]:
    """What the test sees from outside afterwards: a file written, a process killed or alive."""
    for path in around["forbidden"].split("\n"):
        yield f"write {path}", lambda path=path: _write(path)
        yield f"write by link {path}", lambda path=path: _write_through_link(path)
        yield f"remove {path}", lambda path=path: os.path.isdir(path) or os.unlink(path)
    for path in (
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/proc/sys/kernel/modprobe",
        "/sys/kernel/uevent_helper",
        "/etc/passwd",
        "/etc/ld.so.preload",
        "/etc/crontab",
        "/etc/cron.d/x",
        "/usr/bin/true",
        "/bin/sh",
        "/usr/lib/x",
        "/opt/x",
        "/run/x",
        "/x",
        "/var/x",
        "/proc/1/oom_score_adj",
        "/proc/self/loginuid",
    ):
        yield f"write {path}", lambda path=path: _write(path)
    pid = int(around["victim"])
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        yield f"kill {number}", lambda number=number: os.kill(pid, number)
    yield "kill group", lambda: os.killpg(int(around["victim_group"]), signal.SIGTERM)
    yield "kill by name", lambda: _ran("pkill", "-x", "sleep")
    yield "at", lambda: _ran("sh", "-c", f"echo touch {around['beacon']} | at now")
    yield (
        "crontab",
        lambda: _ran("sh", "-c", f"echo '* * * * * touch {around['beacon']}' | crontab -"),
    )
    yield "systemd-run", lambda: _ran("systemd-run", "touch", around["beacon"])
    mark = around["mark"]
    yield "nohup", lambda: subprocess.Popen(["nohup", "sleep", mark], stdout=-3, stderr=-3)
    yield "setsid", lambda: subprocess.Popen(["setsid", "-f", "sleep", mark])
    yield "double fork", lambda: _fork(lambda: _fork(lambda: (os.setsid(), _sleep(mark))))
    yield (
        "bare environment",
        lambda: subprocess.Popen(["sleep", mark], env={}, start_new_session=True),
    )
    yield (
        "deaf to signals",
        lambda: subprocess.Popen(
            ["sh", "-c", f"trap '' TERM HUP INT; sleep {mark}; sleep {mark}"],
            start_new_session=True,
        ),
    )
    yield "kill all", lambda: _fork(lambda: (signal.signal(15, signal.SIG_IGN), os.kill(-1, 15)))


_CALLS = {
    "ptrace": (101, 16, 1, 0, 0), "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "keyctl": (250, 0, -3, 0), "add_key": (248, b"user", b"x", b"x", 1, -3),
    "request_key": (249, b"user", b"x", 0, 0), "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0), "userfaultfd": (323, 0), "mount": (165, 0, b"/", 0, 0, 0),
    "umount2": (166, b"/proc", 2), "pivot_root": (155, b".", b"."), "unshare": (272, 0x10000000),
    "unshare files": (272, 0x00020000), "setns": (308, 0, 0), "io_uring_setup": (425, 1, 0),
    "init_module": (175, 0, 0, b""), "kexec_load": (246, 0, 0, 0, 0), "reboot": (169, 0, 0, 0),
    "swapon": (167, b"x", 0), "settimeofday": (164, 0, 0), "open_tree": (428, -100, b"/", 1),
    "fsopen": (430, b"tmpfs", 0), "open_by_handle_at": (304, -100, 0, 0), "syslog": (103, 10, 0, 0),
    "personality": (135, 0x0040000), "acct": (163, 0), "quotactl": (179, 0, 0, 0, 0), "kcmp": (312, 1, 1, 0, 0, 0),
    "sethostname": (170, b"x", 1), "setdomainname": (171, b"x", 1), "chroot": (161, b"."),
    "iopl": (172, 3), "ioperm": (173, 0x70, 1, 1), "vhangup": (153,),
}  # fmt: skip


def _call(*arguments: object) -> object:
    if _LIBC.syscall(*arguments) < 0 and ctypes.get_errno() in (1, 13, 38):
        raise PermissionError
    return True


def _keys() -> bytes:
    return b"".join(_bytes(f"/proc/{name}") for name in ("keys", "key-users")) and b""


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(1_000_000)


def _fd(number: int) -> bytes:
    try:
        return os.pread(number, 1_000_000, 0)
    except OSError:
        return b""


def _all(pattern: str) -> bytes:
    found = b""
    for path in glob.glob(pattern):
        try:
            if os.path.isfile(path):
                found += _bytes(path)
        except OSError:
            continue
    return found


def _out(*argv: str) -> bytes:
    return subprocess.run(argv, capture_output=True, timeout=20, check=False).stdout


def _ran(*argv: str) -> bool:
    if shutil.which(argv[0]) is None:
        return False
    return subprocess.run(argv, capture_output=True, timeout=20, check=False).returncode == 0


def _through_link(path: str) -> bytes:
    os.symlink(path, "link")
    try:
        return _bytes("link")
    finally:
        os.unlink("link")


def _through_hard_link(path: str) -> bytes:
    os.link(path, "link")
    try:
        return _bytes("link")
    finally:
        os.unlink("link")


def _tcp(port: str, is_six: bool) -> object:
    return socket.create_connection(("::1" if is_six else "127.0.0.1", int(port)), 0.5)


def _unix(path: str) -> object:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)
    return True


def _raw() -> object:
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def _pids() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def pid_is_engine(pid: int, started: str) -> bool:
    fields = _bytes(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return fields[19].decode() == started


def _status(name: str) -> str:
    for line in _bytes("/proc/self/status").decode().splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    return "0"


def _write(path: str) -> None:
    target = os.path.join(path, "written") if os.path.isdir(path) else path
    with open(target, "a") as file:
        file.write("written")


def _write_through_link(path: str) -> None:
    os.symlink(path, "link")
    try:
        _write("link")
    finally:
        os.unlink("link")


def _fork(then: Callable[[], object]) -> None:
    if os.fork() == 0:
        try:
            then()
        finally:
            os._exit(0)


def _sleep(mark: str) -> None:
    os.execvp("sleep", ["sleep", mark])


def main() -> None:
    around: Around = json.loads(sys.stdin.read())
    tried = 0
    for name, way in reading(around):
        tried += 1
        try:
            if has_secret(bytes(way() or b""), around["digest"]):  # type: ignore[call-overload]
                print(f"ESCAPED {name}")
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
    for name, way in entering(around):
        tried += 1
        try:
            if way():
                print(f"ESCAPED {name}")
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
    for _name, way in leaving(around):
        tried += 1
        print(f"tried {tried}", flush=True)  # the last way ends this program too
        try:
            way()
        except (OSError, ValueError, subprocess.SubprocessError):
            continue


if __name__ == "__main__":
    main()
