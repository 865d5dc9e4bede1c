"""What code of languages other than Python may not name: functions and modules with effects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from engine.governance.shell_values import names_of

_QUOTED = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
_NODE_MODULES = names_of(
    """path util assert url querystring events crypto os fs zlib perf_hooks string_decoder v8 test
    timers readline buffer stream fs/promises assert/strict util/types punycode"""
)
_NODE_EFFECTS = names_of(
    """child_process net http https http2 dns tls dgram cluster worker_threads vm inspector module
    repl process async_hooks domain trace_events wasi sqlite diagnostics_channel"""
)
_NODE_PACKAGES = names_of(
    """axios got node-fetch undici request superagent ws socket.io-client execa shelljs cross-spawn
    puppeteer puppeteer-core playwright ssh2 nodemailer simple-git nodegit node-pty
    systeminformation clipboardy open robotjs keytar find-process ps-tree zx needle ky bent phin
    isomorphic-fetch cross-fetch node-cron sudo-prompt screenshot-desktop node-windows pm2
    dockerode aws-sdk google-auth-library discord.js telegraf whatsapp-web.js ftp
    basic-ftp smb2 mysql mysql2 pg
    mongodb ioredis redis spawn-please cmd-exec exec-sh child-process-promise vm2"""
)
"""Packages that talk to the network, start programs or watch the desktop."""
_NODE_IMPORT = re.compile(r"(?:require|import|from)\s*\(?\s*['\"`](node:)?([\w@/.-]+)")
_NODE_WORDS = re.compile(
    r"\b(fetch|WebSocket|EventSource|eval|Function|globalThis|global|constructor|__proto__|Deno|Bun"
    r"|Reflect|Proxy|Worker|mainModule|chdir|createRequire|getBuiltinModule)\b"
    r"|\bprocess\s*(\?\.)?\[|\]\s*\(|\brequire\s*[^(\s.]"
)
_NODE_PROCESS = re.compile(
    r"\bprocess\s*\??\.\s*(?!(versions?|argv|cwd|exit|exitCode|platform|arch|memoryUsage|stdout"
    r"|stderr|stdin|hrtime|uptime|nextTick|on|once|execPath|pid|title|release|features|env)\b)\w+"
)
_PERL_WORDS = re.compile(
    r"(?<![\$@%&\w>{])(exec|system|fork|open|opendir|readdir|unlink|rename|chdir|chmod|chown|link"
    r"|symlink|mkdir|rmdir|kill|syscall|socket|connect|bind|require|do\s+['\"$]|eval|qx|truncate"
    r"|utime|chroot|umask|dump|sysopen|readlink|glob|pipe|ioctl|fcntl|setpgrp|setpriority|alarm"
    r"|dbmopen|getpw\w+|getgr\w+|gethost\w+|wait|waitpid|evalbytes|tie|select|sysread|syswrite)\b"
    r"|\$\{\^|@\{\[|\$ENV|%ENV|(?<![\w$@%&>])(POSIX|IO|Socket|File|IPC|LWP|HTTP|Net|DBI|B|Sys)::"
    r"|\bs([^\w\s])(?:\\.|(?!\3).)*\3(?:\\.|(?!\3).)*\3[a-z]*e|->\$|&\$|&\{|\$0\s*="
)
_PERL_MODULES = re.compile(
    r"\b(use|no)\s+(?!(strict|warnings|utf8|feature|v?[\d.]+|Data::Dumper|List::Util|JSON|JSON::PP"
    r"|POSIX|Time::Local|Time::HiRes|constant|integer|bigint|open|Encode|Test::More|lib)\b)"
)
_RUBY_WORDS = re.compile(
    r"\b(exec|system|spawn|fork|eval|(instance|class|module)_(eval|exec)|send|public_send|__send__"
    r"|const_get|method|define_method|syscall|trap|load|autoload|abort_on|binding|open|popen|test"
    r"|Process|Kernel|IO|Socket|TCP\w+|UDP\w+|UNIX\w+|Open3|PTY|FileUtils|Fiddle|Net|ObjectSpace"
    r"|Object|Signal|Etc|Tempfile|RubyVM|WEBrick|ENV|Shell|Readline|DRb|Win32API|Syslog|Pathname)\b"
    r"|\bFile\s*\.(?!(read|exist\?|file\?|directory\?|join|basename|dirname|extname|readlines|size"
    r"|foreach|expand_path|mtime)\b)|\bDir\s*\.(?!(glob|exist\?|entries|children)\b|\[)|`|%x"
    r"|\bconnect\b|->\(|\.\(|\.call\b"
)
_PHP_CALLS = re.compile(r"(?<![\w$>:])([A-Za-z_\\]\w*)\s*\(")
_PHP_KNOWN = names_of(
    """phpversion print echo var_dump var_export print_r json_encode json_decode count strlen
    implode explode sprintf printf number_format date time microtime mktime strtotime md5
    sha1 hash crc32 uniqid random_int rand mt_rand intdiv abs max min round floor ceil sqrt
    pow range in_array is_array is_string is_int is_null isset empty unset list array if for
    foreach while switch function fn match exit die require require_once include
    include_once file_exists is_file is_dir file_get_contents dirname basename ini_get
    extension_loaded get_loaded_extensions function_exists class_exists method_exists
    interface_exists defined gettype get_class trim ltrim rtrim ucfirst ucwords lcfirst
    nl2br htmlspecialchars strtolower strtoupper substr memory_get_usage
    memory_get_peak_usage sort usort ksort iterator_to_array mb_strlen mb_substr preg_match
    preg_match_all preg_split preg_quote version_compare php_uname php_sapi_name
    spl_object_id serialize str_repeat str_replace str_contains str_starts_with
    str_ends_with str_pad str_split array_sum array_keys array_values array_merge
    array_slice array_unique array_combine array_flip array_reverse array_search
    array_key_exists array_column array_diff array_fill error_reporting ini_set parse_url
    http_build_query filter_var ctype_digit catch use new and or"""
)
_PHP_WORDS = re.compile(
    r"`|\$\w+\s*\(|\$\$|\]\s*\(|\)\s*\(|\bnew\s+(\\?(Reflection|Spl|PDO|FFI|COM)\w*|\$)"
)
_OTHER_CALLS = re.compile(r"([A-Za-z_][\w.:!?]*)\s*\(")
_OTHER_WORDS = re.compile(
    r"\b(os\.(?!(time|date|clock)\b)|io\.(?!(write|stdout)\b)|require|dofile|loadfile|load\w*|debug"
    r"|package|System\.(?!version)|File\.|Code\.|Port\.|run|ccall|read\w*|write\w*|download\w*|open"
    r"|file\.|unlink|cd|pipeline|do\s+shell|exec|system\w*|socket|eval|source|getfenv|_G|_ENV"
    r"|setwd|Sys\.|tell|Foundation|import|use|process|shell|ENV|Node|Mix|Runtime|Process)\b|`|\|"
)
_OTHER_KNOWN = re.compile(
    r"print(ln)?|cat|IO\.(puts|inspect)|io\.write|library|requireNamespace|suppress\w+|puts|display"
    r"|(testthat|devtools|lintr|rmarkdown|knitr|styler|covr|roxygen2|pkgdown)::\w+|Pkg\.(test|status)"
    r"|System\.version|sessionInfo|packageVersion|sum|mean|length|nrow|ncol|head|summary|str|paste0?"
    r"|string\.\w+|table\.\w+|math\.\w+|tostring|type|typeof|sqrt|round|seq|rnorm|format|toString"
    r"|as\.\w+|c|list|stopifnot|if|for|while|function|and|or|not|os\.(time|date|clock)"
)


def _node(code: str, bare: str) -> Iterator[tuple[str, str]]:
    for prefix, name in _NODE_IMPORT.findall(code):
        is_known = name in _NODE_PACKAGES or name.partition("/")[0] in ("@aws-sdk", "@octokit")
        if name in _NODE_EFFECTS or is_known or (prefix and name not in _NODE_MODULES):
            yield "inline-code", f"it loads {name}"
    for pattern in (_NODE_WORDS, _NODE_PROCESS):
        found = pattern.search(bare)
        if found:
            yield "inline-code", f"it uses {found.group().strip()}"


def _perl(code: str, bare: str) -> Iterator[tuple[str, str]]:
    del code
    for pattern in (_PERL_WORDS, _PERL_MODULES):
        found = pattern.search(bare)
        if found:
            yield "inline-code", f"it uses {found.group().strip()}"


def _ruby(code: str, bare: str) -> Iterator[tuple[str, str]]:
    found = _RUBY_WORDS.search(bare) or re.search(r"#\{[^}]*(exec|system|`)", code)
    if found:
        yield "inline-code", f"it uses {found.group().strip()}"


def _php(code: str, bare: str) -> Iterator[tuple[str, str]]:
    del code
    odd = [name for name in _PHP_CALLS.findall(bare) if name.lower() not in _PHP_KNOWN]
    found = _PHP_WORDS.search(bare)
    if odd or found:
        yield "inline-code", f"it uses {odd[0] if odd else 'computed names'}"


def _other(code: str, bare: str) -> Iterator[tuple[str, str]]:
    del code
    found = _OTHER_WORDS.search(bare)
    odd = [name for name in _OTHER_CALLS.findall(bare) if not _OTHER_KNOWN.fullmatch(name)]
    if found or odd:
        yield "inline-code", f"it uses {found.group() if found else odd[0]}"
    if re.match(r"\s*\(", bare):
        yield "inline-code", "it is Lisp, which no rule reads"


_CHECKS: Mapping[str, Callable[[str, str], Iterator[tuple[str, str]]]] = {
    "node": _node,
    "perl": _perl,
    "ruby": _ruby,
    "php": _php,
}


def named_effects(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Pairs of rule and reason for names with effects in `code`."""
    bare = _QUOTED.sub("''", code)
    yield from _CHECKS.get(language, _other)(code, bare)
