"""What is called npm where a test wants it quick (tests/quick_npm.py): `NPM NODE KEPT ARGUMENT...`."""

# To import pathlib would take longer than all the rest.
# ruff: noqa: PTH103, PTH104, PTH109, PTH110, PTH111, PTH114, PTH116, PTH118, PTH120, PTH123, PTH202, PTH208

import json
import os
import sys

NPM, NODE, KEPT = sys.argv[1:4]
WORDS = sys.argv[4:]
WHILE_PACKING = ("prepack", "prepare", "postpack")
MOST_BYTES = 1_000_000
OF_REGISTRIES = (b"registry", b"fetch-retries", b"fund")


def hand_over() -> None:
    """Be npm."""
    os.execv(NPM, ["npm", *WORDS])


def package_here() -> dict:
    """The package.json of this folder, where nothing but it decides what npm does; else it is npm's to say."""
    try:
        with open("package.json", encoding="utf-8") as file:
            package = json.load(file)
        scripts = package.get("scripts", {})
        plain = all(isinstance(package[key], str) and package[key] for key in ("name", "version"))
        plain = plain and isinstance(scripts, dict) and all(isinstance(text, str) for text in scripts.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        hand_over()
    more = any(key in package for key in ("workspaces", "devEngines")) or os.path.exists(".npmrc")
    if not plain or more or not says_nothing_of_it(os.path.expanduser("~/.npmrc")):
        hand_over()
    return package


def says_nothing_of_it(settings: str) -> bool:
    """True for a file of settings that only says which registry there is, and how to sign in there."""
    if not os.path.exists(settings):
        return True
    keys = [line.partition(b"=")[0].strip() for line in read(settings).splitlines() if line.strip()]
    return all(key in OF_REGISTRIES or key.startswith(b"//") for key in keys)


def run(package: dict, command: str, name: str) -> None:
    """Run a script, with those before and after it; the last one in the place of this process."""
    scripts = package.get("scripts", {})
    if not scripts.get(name):
        hand_over()
    folder = above = os.getcwd()
    bins = [os.path.join(folder, "node_modules/.bin")]
    while above != os.path.dirname(above):
        above = os.path.dirname(above)
        bins.append(os.path.join(above, "node_modules/.bin"))
    os.environ.update(
        PATH=os.pathsep.join([*bins, os.environ.get("PATH", os.defpath)]),
        INIT_CWD=folder,
        NODE=NODE,
        npm_node_execpath=NODE,
        npm_command=command,
        npm_package_json=os.path.join(folder, "package.json"),
        npm_package_name=package["name"],
        npm_package_version=package["version"],
    )
    called = [script for script in (f"pre{name}", name, f"post{name}") if scripts.get(script)]
    for script in called:
        text = scripts[script]
        os.environ.update(npm_lifecycle_event=script, npm_lifecycle_script=text)
        shown = text.replace("\n", "\n> ")
        print(f"\n> {package['name']}@{package['version']} {script}\n> {shown}\n", flush=True)
        if script == called[-1]:
            os.execv("/bin/sh", ["sh", "-c", text])
        if code := os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", text]):
            sys.exit(code)
    raise AssertionError("there is a last one")


def contents() -> list[tuple[str, int, str]]:
    """Every file of this folder with its mode and bytes; where that is much, or more than files, npm looks itself."""
    found, size = [], 0
    for top, folders, files in os.walk("."):
        folders[:] = sorted(name for name in folders if name != ".git")
        links = [name for name in (*folders, *files) if os.path.islink(os.path.join(top, name))]
        if links or "node_modules" in folders:
            hand_over()
        for name in sorted(files):
            path = os.path.join(top, name)
            size += os.path.getsize(path)
            if size > MOST_BYTES:
                hand_over()
            with open(path, "rb") as file:
                found.append((path, os.stat(path).st_mode, file.read().hex()))
    return found


def given(what: object, to: str = "") -> None:
    """Do and say what npm did and said when asked this, with its tarball in that folder; the first time it is asked."""
    import subprocess
    from hashlib import sha256

    settings = sorted(
        (key, value)
        for key, value in os.environ.items()
        if key.lower().startswith("npm_config_") and not key.lower().endswith("_cache")
    )
    looks = [os.environ.get(name) for name in ("NO_COLOR", "FORCE_COLOR", "TERM")]
    place = os.path.join(KEPT, sha256(repr((what, settings, looks)).encode()).hexdigest())
    if not os.path.exists(place):
        before = set(os.listdir(to)) if to else set()
        done = subprocess.run([NPM, *WORDS], capture_output=True, check=False)
        made = sorted(set(os.listdir(to)) - before) if to else []
        if done.returncode == 0 and len(made) == bool(to):
            tarball = b""
            if made:
                with open(os.path.join(to, made[0]), "rb") as file:
                    tarball = file.read()
            keep(place, {"out": done.stdout, "err": done.stderr, "tarball": tarball}, made[0] if made else "")
        speak(done.stdout, done.stderr)
        sys.exit(done.returncode)
    parts = {name: read(os.path.join(place, name)) for name in ("out", "err", "tarball", "name")}
    if to:
        with open(os.path.join(to, parts["name"].decode()), "wb") as file:
            file.write(parts["tarball"])
    speak(parts["out"], parts["err"])


def keep(place: str, parts: dict[str, bytes], name: str) -> None:
    """Keep an answer; whoever was quicker has kept the same."""
    new = f"{place}.{os.getpid()}"
    os.makedirs(new)
    for part, data in (*parts.items(), ("name", name.encode())):
        with open(os.path.join(new, part), "wb") as file:
            file.write(data)
    try:
        os.rename(new, place)
    except OSError:
        import shutil

        shutil.rmtree(new)


def read(path: str) -> bytes:
    """What a file holds."""
    with open(path, "rb") as file:
        return file.read()


def speak(out: bytes, err: bytes) -> None:
    """Say what npm said."""
    sys.stderr.buffer.write(err)
    sys.stderr.flush()
    sys.stdout.buffer.write(out)
    sys.stdout.flush()


def main() -> None:
    match WORDS:
        case ["run", name] if not name.startswith("-"):
            run(package_here(), "run", name)
        case ["test" | "start" as name]:
            run(package_here(), name, name)
        case ["run"]:
            given(("run", package_here()))
        case ["pack", "--pack-destination", folder]:
            if any(package_here().get("scripts", {}).get(name) for name in WHILE_PACKING):
                hand_over()
            given(("pack", contents()), folder)
        case _:
            hand_over()


main()
