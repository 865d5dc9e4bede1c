"""What names of Python may be used in inline code: the rest is asked about."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from engine.governance.shell_values import names_of

_HARMLESS = names_of(
    """abc argparse array ast bisect calendar cmath collections colorsys concurrent configparser
    contextlib copy csv dataclasses datetime decimal difflib dis doctest enum errno fnmatch
    fractions functools gc getopt gettext glob graphlib hashlib heapq hmac html io itertools
    json keyword linecache locale logging math mimetypes numbers operator optparse pathlib
    pkgutil platform posixpath pprint py_compile compileall queue random re reprlib sched
    secrets shlex sqlite3 stat statistics string stringprep struct symtable sysconfig
    tabnanny tempfile textwrap this threading time token tokenize tomllib traceback
    tracemalloc types typing unicodedata unittest uuid warnings weakref xml zoneinfo
    __future__ _typeshed filecmp inspect email pstats plistlib"""
)
_PARTLY: Mapping[str, str] = {
    "os": """path sep curdir pardir pathsep linesep name devnull getcwd listdir walk scandir stat
        lstat access cpu_count fspath makedirs mkdir environ getenv getpid uname urandom isatty
        PathLike R_OK W_OK X_OK F_OK rename replace remove unlink rmdir removedirs symlink link
        chmod truncate utime chdir get_terminal_size fsencode fsdecode""",
    "sys": """version version_info argv path stdin stdout stderr exit executable platform maxsize
        getsizeof getrecursionlimit setrecursionlimit byteorder implementation prefix base_prefix
        exec_prefix float_info hexversion flags getdefaultencoding getfilesystemencoding exc_info
        maxunicode stdlib_module_names builtin_module_names dont_write_bytecode intern""",
    "shutil": "which get_terminal_size disk_usage copy copy2 copyfile copytree move rmtree",
    "asyncio": """run sleep gather wait wait_for get_event_loop new_event_loop Queue Event Lock
        Semaphore create_task TaskGroup timeout CancelledError TimeoutError Future to_thread
        iscoroutinefunction get_running_loop""",
    "importlib": "metadata util resources reload",
    "urllib": "parse error",
    "http": "HTTPStatus HTTPMethod",
    "signal": "Signals SIGTERM SIGINT SIGKILL SIGHUP alarm strsignal",
    "zipfile": "ZipFile is_zipfile BadZipFile",
    "tarfile": "is_tarfile TarError",
    "zlib": "crc32 adler32",
    "binascii": "crc32 hexlify",
    "base64": "b64encode urlsafe_b64encode",
    "site": "getsitepackages",
    "timeit": "timeit repeat default_timer",
    "cProfile": "run",
    "profile": "run",
}
_NETWORK = names_of(
    """socket ssl urllib http ftplib smtplib smtpd telnetlib poplib imaplib nntplib xmlrpc
    socketserver asyncore asynchat selectors select webbrowser antigravity wsgiref requests
    httpx aiohttp urllib3 paramiko fabric boto3 botocore pycurl scapy websockets websocket
    grpc redis pymongo psycopg psycopg2 pymysql asyncssh kubernetes selenium ldap3 dns
    tornado twisted google azure openai anthropic slack_sdk telegram uvicorn gunicorn
    discord tweepy praw github gitlab stripe twilio sendgrid pyftpdlib pysftp impacket
    shodan scrapy playwright pyppeteer mechanize feedparser yt_dlp pytube gdown wget
    elasticsearch cassandra neo4j pika kafka paho nats zmq stomp hvac consul etcd3 nmap
    telethon pyrogram instaloader smbclient winrm netmiko pysnmp dnspython whois geoip2
    huggingface_hub replicate cohere mistralai groq litellm"""
)
_RUNNING = names_of(
    """pexpect ptyprocess sh plumbum psutil invoke pwn pwnlib dill cloudpickle docker cffi
    pip git dulwich pygit2 crontab apscheduler schedule setproctitle daemon prctl pyautogui
    pynput keyboard mouse mss pyscreenshot pyscreeze pyperclip clipboard sounddevice pyaudio
    picamera browser_cookie3 browsercookie keyring secretstorage gnupg ldap xattr usb serial
    bluetooth evdev uinput Xlib pyudev pyshark scapy frida capstone unicorn keystone angr
    pymem pyinjector sudo elevate pam crypt spwd win32api win32gui win32con win32clipboard
    winreg _winreg wmi pywintypes comtypes jpype py4j rpy2 execnet plyer notify2 dbus gi AppKit
    Quartz objc pyobjc Foundation ansible_runner ansible salt"""
)
_ON_IMPORT = frozenset({"antigravity", "site", "idlelib", "turtledemo"})
ABOUT = frozenset({"__version__", "__file__", "__name__", "__doc__", "__all__", "__path__"})
HARMLESS_DUNDERS = ABOUT | names_of(
    """__main__ __init__ __str__ __repr__ __len__ __eq__ __annotations__ __qualname__ __module__
    __version_info__ __author__ __title__ __doc__ __file__ __post_init__ __enter__ __exit__
    __mro__ __future__ __slots__ __wrapped__ __hash__ __lt__ __iter__ __next__ __call__
    __dataclass_fields__ __pycache__ __abstractmethods__ __table__ __tablename__ __table_args__
    __mapper__ __fields__ __pydantic_fields__ __members__ __args__ __origin__ __parameters__
    __match_args__ __setitem__ __getitem__ __contains__ __add__ __sub__ __mul__ __bool__ __int__
    __float__ __format__ __bytes__ __del__ __exit__ __aenter__ __aexit__
    __array__ __cause__ __context__ __notes__ __optional_keys__ __required_keys__
    __test__ __unittest_skip__ __ne__ __gt__ __ge__ __le__ __neg__ __abs__ __copy__"""
)
HIDING_CALLS = names_of(
    """eval exec compile __import__ globals locals vars breakpoint setattr delattr memoryview
    bytearray"""
)
RUNS = re.compile(
    r"system|popen\w*|spawn\w*|posix_spawn\w*|exec[lv]\w*|fork(pty)?|kill(pg)?|check_output|check_call"
    r"|urlopen|urlretrieve|runcode|runsource|run_module|run_path|exec_module|load_module"
    r"|create_subprocess_\w+|create_connection|open_connection|start_server|sendto|serve_forever"
    r"|enable_load_extension|load_extension|extractall|unpack_archive|set_trace|interact"
    r"|f_globals|f_builtins|f_locals|gi_frame|tb_frame|attrgetter|methodcaller|get_objects"
    r"|get_referrers|fromhex|b64decode|b32decode|a2b_\w+|unhexlify|decompress|loads_code|modules"
    r"|ImageGrab|VideoCapture|from_pretrained|download\w*|clipboard_\w+|read_clipboard|to_clipboard"
    r"|expanduser|translate|maketrans|to_bytes|expandvars|home|setuid|setgid|chroot|mknod|lchown|chown|FileIO|Popen"
)


LEAKED = names_of(
    """os sys builtins subprocess shutil socket importlib ctypes posix pty io codecs"""
)


def is_module(name: str) -> bool:
    """Whether names are looked up in the tables below this module."""
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or top in _NETWORK or top in _RUNNING


def is_partly_harmless(name: str) -> bool:
    """Whether some names of a module may be used."""
    return name in _PARTLY


def rule_of_import(name: str) -> str:
    """The rule that importing alone breaks; empty: none."""
    return "network" if name == "antigravity" else "inline-code" if name in _ON_IMPORT else ""


def rule_of(dotted: str) -> str:
    """The rule that using `module.name` breaks; empty: none."""
    top, _, rest = dotted.partition(".")
    first = rest.partition(".")[0]
    if dotted.startswith("logging.handlers"):
        return "network"
    if top in _HARMLESS or first in ABOUT or not is_module(top):
        return ""
    if first in _PARTLY.get(top, "").split():
        return ""
    return "network" if top in _NETWORK or re.search("connect|server", first) else "inline-code"
