"""The table of programs: who is judged how. A program that is not here is asked about."""

from __future__ import annotations

from engine.governance import (
    environment,
    files,
    packages,
    project_tools,
    shells,
    small_programs,
    stream_programs,
    verbs,
    viewers,
    wrappers,
)
from engine.governance import interpreters as code
from engine.governance.git import git
from engine.governance.programs_asked import ASKED, breaking
from engine.governance.run_scripts import several
from engine.governance.scene import Handler


def _all(handler: Handler, names: str) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), handler)


def program(name: str) -> Handler | None:
    """The judge of a program by its name; None: no rule knows it."""
    found = PROGRAMS.get(name)
    if found is None and name.startswith(("python", "pypy", "pip", "mkfs", "perl", "ruby", "gcc-")):
        return PROGRAMS.get(name.rstrip("0123456789.").partition(".")[0].partition("-")[0])
    return found


_LOOKERS: dict[str, Handler] = {
    **_all(
        files.looking(),
        """ls dir vdir cat head tail wc cut nl file stat du df tree-sitter diff cmp comm md5sum
        sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum od hexdump strings
        readlink realpath column paste join tac rev fold fmt expand unexpand tsort base64 base32
        zcat bzcat xzcat zgrep zdiff tokei cloc scc size nm objdump readelf pr numfmt colordiff
        delta lsblk free uptime ps pgrep pstree lscpu exa eza lsattr ldd diffstat wdiff iconv sdiff
        diff3 hd nproc csvcut csvgrep csvstat csvlook csvsort csvjson csvjoin in2csv
        envsubst tldr gitleaks detect-secrets shuf ptx pdfinfo pdffonts lsb_release uuidgen difft
        hexyl pv tidy zcmp zipgrep basenc col colrm ul units figlet jo yj jc dust dua duf namei
        pmap pwdx getopt gettext msgunfmt parquet-tools diff-so-fancy llvm-dis llvm-nm
        llvm-readelf wasm-dis gprof look spell ispell sha3sum xxhsum b3sum crc32 isutf8 enca
        chardetect lsmod lspci ffprobe mediainfo pngcheck identify qpdf csvtool shasum md5
        zegrep zfgrep bzgrep xzgrep apropos whatis xsv qsv wasm-objdump dwarfdump pahole
        git-sizer onefetch vmstat iostat mpstat pidof tabulate datamash gron zipinfo lessecho
        msgcat xmlwf jpeginfo fc-list fc-match aspell hunspell
        wasm2wat zstdcat lz4cat lzcat bsdcat""",
    ),
    **_all(
        files.looking(output=("-o", "--output", "-output")),
        "tree dot neato circo fdp sfdp twopi pdftotext",
    ),
    "xmllint": viewers.reading_xml,
    "openssl": viewers.digesting,
    **_all(viewers.converting, "convert magick ffmpeg exiftool optipng pngquant cwebp jpegoptim"),
    **_all(viewers.paging, "less more pg zless zmore bzless xzless"),
    "top": viewers.watching_processes,
    "sort": files.looking(output=("-o", "--output"), runs=("--compress-program",)),
    "uniq": files.writing_the_second,
    "xxd": files.looking(),
    "bat": files.looking(runs=("--pager",)),
    "jq": stream_programs.querying,
    "yq": stream_programs.querying,
    **_all(wrappers.fd, "fd fdfind"),
    **_all(files.grep, "grep egrep fgrep rg ag ack"),
    **_all(
        small_programs.speaking,
        """echo printf true false : test [ [[ pwd whoami id uname hostname arch groups logname tty
        seq basename dirname which whereis type expr factor bc return exit break continue
        shift local read getopts wait jobs fg bg disown umask ulimit let times tput
        clear cal tr pathchk locale getconf mktemp sync unset caller dirs help""",
    ),
    "sleep": small_programs.waiting,
    "yes": small_programs.repeating,
    "dc": small_programs.reckoning,
    "date": small_programs.dating,
    "mapfile": small_programs.calling_back,
    "readarray": small_programs.calling_back,
    "set": environment.setting,
    "printenv": environment.printing,
    "hash": environment.remembering,
    "shopt": environment.shell_options,
    **_all(files.entering, "cd pushd popd"),
    "find": wrappers.find,
}

_CHANGERS: dict[str, Handler] = {
    **_all(
        files.writing(), "mkdir mkdirp tee mkfifo brotli gzip gunzip bzip2 bunzip2 xz unxz zstd"
    ),
    **_all(files.writing(), "dos2unix unix2dos sponge patch fromdos todos lz4 compress"),
    "touch": files.touching,
    "zip": files.writing(runs=("-TT", "--unzip-command")),
    **_all(files.removing, "rm rmdir unlink trash rimraf del-cli"),
    **_all(files.shredding, "shred wipe srm"),
    **_all(files.copying, "cp install cpx cpy copyfiles ncp"),
    "mv": files.moving,
    **_all(files.linking, "ln link"),
    "chmod": files.changing_mode,
    "truncate": files.truncating,
    "dd": files.copying_disk,
    "sed": stream_programs.sed,
    **_all(stream_programs.awk, "awk gawk mawk nawk"),
    **_all(files.archiving, "tar bsdtar"),
    **_all(files.unpacking, "unzip 7z unrar"),
    "rsync": files.mirroring,
    **_all(files.dividing, "split csplit"),
    "git": git,
}

_RUNNERS: dict[str, Handler] = {
    **_all(shells.shell, "sh bash dash zsh ksh mksh ash rbash fish csh tcsh"),
    **_all(shells.sourcing, "source ."),
    **_all(shells.evaluating, "eval trap"),
    **_all(code.NODE, "node nodejs ts-node tsx"),
    **_all(code.perl, "perl ruby"),
    "php": code.php,
    **_all(code.OTHER, "lua luajit Rscript julia tclsh guile racket elixir groovy swift"),
    **_all(
        project_tools.project_tool(
            output=("-o", "--out"), runs=("-fplugin", "-wrapper", "--install-types")
        ),
        """pytest py.test mypy pyright pylint flake8 bandit tox nox vulture pydocstyle
        interrogate codespell yamllint shellcheck hadolint tsc eslint jest vitest mocha ava
        webpack vite rollup esbuild babel next turbo nx lerna gcc g++ cc c++ clang clang++
        clang-tidy rustc javac scalac kotlinc ninja ctest meson ld ar as ranlib
        strip rspec phpunit phpstan golangci-lint staticcheck sphinx-build mkdocs doctest
        gcov lcov pyflakes pycodestyle radon deptry lint-imports import-linter hypothesis ty
        pyrefly basedpyright stylelint markdownlint cspell c8 nyc playwright cypress tap tape hugo
        jekyll eleventy gatsby vuepress vitepress docusaurus bear
        openapi-generator gfortran nvcc valac mcs gnatmake iverilog verilator ng vue-cli-service
        grunt gulp ember hardhat oxlint ast-grep php-cs-fixer phpspec behat mdbook zola
        asciidoc mdformat doc8 rstcheck snakefmt qmake moc uic rcc help2man
        kustomize kubeconform kubeval dotnet-format cargo-nextest gotestsum ginkgo mockgen stringer
        protoc-gen-go sqlc wire ent gqlgen swag vacuum jsonschema check-jsonschema
        validate-pyproject djlint pyproject-fmt toml-sort ssort pyflyby pymarkdown pydoctor
        griffe ward green slipcover diff-cover
        biome knip depcheck gofmt unittest trial nosetests behave robot locust-lint pytest-3
        aio-tui drizzle-kit tsc-alias tox-quickstart
        msgfmt protoc alembic flask django-admin zig scala kotlin fpc dmd
        elm ocamlc ocamlopt ocamlfind dune tsup tsd rescript astro svelte-check vue-tsc
        storybook size-limit publint attw madge dependency-cruiser depcruise ts-prune
        commitlint htmlhint pug sass less-plugin postcss tailwindcss svgo terser uglifyjs swc ttsc
        speccy spectral redocly ajv graphql-codegen prisma-lint typedoc jsdoc
        api-extractor lint-staged syncpack sort-package-json editorconfig-checker ec actionlint
        buf cppcheck cpplint clang-check ccache include-what-you-use doxygen gperf bison flex yacc
        lex nasm yasm objcopy addr2line c++filt readelf llvm-objdump
        bibtex asciidoctor plantuml mmdc graphviz swiftlint swiftformat ktlint detekt checkstyle
        scalafmt scalafix credo phpcs phpcbf psalm pint pest infection steep brakeman reek
        rails rubocop-lint ansible-lint tflint vale proselint write-good alex textlint
        pyproject-build check-manifest pydoc pydoc3 cython cythonize stubgen stubtest pytype pyre
        mutmut cosmic-ray xenon wily scc-lint pipdeptree pip-licenses licensecheck reuse
        bumpversion-show towncrier djhtml curlylint sqlfluff sqlfmt jupytext nbqa nbstripout
        papermill dbt-lint commitizen-check xcodebuild xcrun gcovr opa conftest jsonnet cue dhall
        ajv-cli prettierd eslint_d mocha-headless karma""",
    ),
    "pandoc": project_tools.project_tool(
        output=("-o", "--output", "--extract-media", "--log"),
        runs=("--filter", "--lua-filter", "--pdf-engine", "-F", "-L", "--citeproc-"),
    ),
    **_all(
        project_tools.project_tool(
            output=("-o",),
            runs=("-e", "-p", "-E", "--e", "-lua", "-usepretex", "-shell", "--shell", "-latex"),
        ),
        "xelatex pdflatex lualatex ghc runghc rake crystal",
    ),
    "coverage": code.covering(project_tools.project_tool(output=("-d", "-o", "--data-file"))),
    "latexmk": project_tools.project_tool(
        runs=(
            "-e",
            "-pdflatex=",
            "-latex=",
            "-xelatex=",
            "-lualatex=",
            "-usepretex",
            "-shell",
            "-r",
        )
    ),
    **_all(
        project_tools.formatter,
        """ruff black isort autopep8 yapf prettier autoflake pyupgrade clang-format rustfmt
        goimports shfmt rubocop standardrb djlint taplo usort docformatter add-trailing-comma""",
    ),
    **_all(project_tools.make, "make gmake just task"),
    **_all(packages.pip, "pip"),
    "npm": verbs.NPM,
    "yarn": packages.yarn,
    "pnpm": packages.PNPM,
    "bun": packages.bun,
    "cargo": verbs.CARGO,
    "go": packages.go,
    "npx": packages.npx,
    "java": packages.java,
    "gem": verbs.GEM,
    "bundle": packages.BUNDLE,
    "composer": verbs.COMPOSER,
    "dotnet": verbs.DOTNET,
    **_all(verbs.MAVEN, "mvn mvnw ant"),
    **_all(verbs.GRADLE, "gradle gradlew"),
    "cmake": project_tools.cmake,
    **_all(verbs.LANGUAGE_TOOL, "mix dart flutter stack cabal sbt lein rebar3"),
    "sqlite3": packages.sqlite,
    "deno": packages.DENO,
    **_all(packages.TERRAFORM, "terraform tofu"),
    "helm": packages.HELM,
    **_all(packages.docker, "docker podman"),
    **_all(project_tools.labelled, "bazel bazelisk buck2 pants"),
    "uv": packages.uv,
    **_all(packages.POETRY, "poetry pdm hatch pipenv rye"),
    **_all(packages.CONDA, "conda mamba micromamba"),
    **_all(verbs.SYSTEM_PACKAGES, "apt apt-get aptitude yum dnf pacman apk zypper brew apt-cache"),
    **_all(packages.dpkg, "dpkg rpm"),
    "pre-commit": packages.PRE_COMMIT,
}

_WRAPPERS: dict[str, Handler] = {
    "env": wrappers.env,
    "xargs": wrappers.xargs,
    "kill": small_programs.killing,
    "curl": packages.curl,
    **_all(environment.declaring, "export declare typeset readonly"),
    "command": wrappers.asking_about,
    "cross-env": wrappers.env,
    "env-cmd": wrappers.wrapping("-f", "--file", "-e"),
    "dotenv": wrappers.wrapping("-e", "-c", "-p"),
    **_all(wrappers.wrapping(), "shx"),
    **_all(several, "concurrently run-s run-p npm-run-all npm-run-all2"),
    **_all(wrappers.wrapping("-a"), "exec builtin coproc busybox toybox catchsegv"),
    **_all(
        wrappers.wrapping(),
        "nohup valgrind setsid unbuffer caffeinate eatmydata xvfb-run chronic",
    ),
    "time": wrappers.wrapping("-f", "-o", "--format", "--output"),
    "nice": wrappers.wrapping("-n", "--adjustment"),
    "ionice": wrappers.wrapping("-c", "-n", "-p", "--class", "--classdata"),
    "stdbuf": wrappers.wrapping("-i", "-o", "-e", "--input", "--output", "--error"),
    "timeout": wrappers.wrapping("-k", "-s", "--kill-after", "--signal", skip=1),
    "chrt": wrappers.wrapping(skip=1),
    "taskset": wrappers.wrapping(skip=1),
    "flock": wrappers.wrapping("-w", "-E", skip=1),
    "parallel": wrappers.wrapping("-j", "--jobs", rule="inline-code"),
    "sudo": wrappers.wrapping("-u", "-g", "-C", "-h", "-p", "-r", "-t", rule="privilege"),
    "doas": wrappers.wrapping("-u", "-C", rule="privilege"),
    **_all(wrappers.text_taking("-n", "-c", "-w", "-r", "--interval"), "watch hyperfine"),
    **_all(
        breaking("inline-code"),
        "script entr watchexec nodemon run-parts start-stop-daemon osascript",
    ),
}

PROGRAMS: dict[str, Handler] = {
    **ASKED,
    **_LOOKERS,
    **_CHANGERS,
    **_RUNNERS,
    **_WRAPPERS,
}
PROGRAMS |= _all(code.python(program), "python pypy")
