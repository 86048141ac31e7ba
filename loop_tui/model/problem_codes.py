"""The stable code of everything that can go wrong: what a script may act on, whatever the words say (`docs/errors.md`).

A code never changes its meaning and is never used for another one; what is told with it may be put in other words.
"""

from __future__ import annotations

from enum import StrEnum

from .going_on import RESUMES


class Code(StrEnum):
    """What kind of problem it is. Each has one sentence that says what it means, and one that says what helps."""

    meaning: str
    todo: str

    def __new__(cls, word: str, meaning: str = "", todo: str = "") -> Code:
        """A code by its word, with its two sentences."""
        code = str.__new__(cls, word)
        code._value_ = word
        code.meaning = meaning
        code.todo = todo
        return code

    # --- what was asked for

    USAGE = (
        "usage",
        "The arguments or options are wrong, or the command needs a terminal and has none.",
        "See `loop-tui COMMAND --help`.",
    )
    FOLDER_MISSING = (
        "folder-missing",
        "The project folder does not exist, or is not a folder.",
        "Name an existing folder with `--project`.",
    )
    DEMO = (
        "demo",
        "The folder belongs to a demo, which has its own archive, settings and key.",
        "`loop-tui demo DIR` opens it; `loop-tui demo DIR COMMAND` runs a command in it.",
    )
    NAME_UNKNOWN = (
        "name-unknown",
        "There is no skill, gate, question, deliverable, setting or command of that name.",
        "Use one of the names in `todo`.",
    )
    DECLINED = (
        "declined",
        "A question was answered with no, or with an invalid answer, and nothing was done.",
        "Run the command again, and answer the question.",
    )
    NOT_ALLOWED = (
        "not-allowed",
        "The state of the run does not allow this; nothing was changed.",
        "Check `loop-tui status`, and do what `todo` says first.",
    )

    # --- loops and what is set

    LOOP_UNKNOWN = (
        "loop-unknown",
        "There is no loop with that id.",
        "`loop-tui loops list` has the ids.",
    )
    DEFINITION_INVALID = (
        "definition-invalid",
        "The definition of a loop, or a setting in it, is wrong.",
        "Fix the file at the named place; `loop-tui loops check FILE` checks it.",
    )
    NOT_TRUSTED = (
        "not-trusted",
        "The loop comes with the repository, and its commands are not trusted yet.",
        "Read the definition, then use `--trust`.",
    )
    SETTINGS_INVALID = (
        "settings-invalid",
        "The user's settings, keys or theme have an error; the wrong entry is ignored.",
        "Fix the file at the named place; `loop-tui config path` prints its path.",
    )
    TARGET_INVALID = (
        "target-invalid",
        "A setting of a target is wrong.",
        "Fix `.loops/targets.toml` at the named place.",
    )
    SKILL_UNRUNNABLE = (
        "skill-unrunnable",
        "This skill cannot run here: it is not built in, and its definition has no other runner.",
        "Give the skill the runner `commands` or `manual`.",
    )

    # --- the run and its state file

    RUN_UNKNOWN = (
        "run-unknown",
        "There is no such run, neither here nor in the archive.",
        "`loop-tui go` starts a run, `loop-tui runs` lists archived runs.",
    )
    RUN_AMBIGUOUS = (
        "run-ambiguous",
        "More than one run matches.",
        "Choose one with `--loop` or with its id.",
    )
    RUN_EXISTS = (
        "run-exists",
        "A run exists already.",
        "Continue it, or abort it before you start another one.",
    )
    STATE_GONE = (
        "state-gone",
        "The state file of the run does not exist, or was removed.",
        "`loop-tui go` starts a new run.",
    )
    STATE_DAMAGED = (
        "state-damaged",
        "The state file cannot be read; it is not changed.",
        "Fix it at the named place, or restore the last good copy with `loop-tui state restore`.",
    )
    STATE_FOREIGN = (
        "state-foreign",
        "The file is not a state file of a loop, or belongs to another program and is read-only here.",
        "Leave it to the program that writes it.",
    )
    STATE_BUSY = (
        "state-busy",
        "Another process holds the lock, or keeps writing to the file.",
        "Try again; end the other process if it hangs.",
    )
    RUN_CHANGED = (
        "run-changed",
        "The run changed after you looked at it; nothing was decided.",
        "Check the run again, then decide.",
    )
    ELSEWHERE = (
        "elsewhere",
        "The run is driven elsewhere: it was not started here, so you can only answer it.",
        "Answer its gates and questions, or `loop-tui adopt` takes it over.",
    )
    CLAIMED = (
        "claimed",
        "The skill or the run is claimed, and the claim is still alive.",
        "Wait until it is released, or take it back with `loop-tui release`.",
    )
    DELIVERABLE_MISSING = (
        "deliverable-missing",
        "A document that the gate requires is missing or empty.",
        "Write it, or approve with a reason.",
    )
    LEASE_HELD = (
        "lease-held",
        "A driver works on the run, and this cannot be done at the same time.",
        "Wait until it ends, or use `loop-tui pause`.",
    )
    LEASE_LOST = (
        "lease-lost",
        "Another driver has taken over the run; this one has stopped.",
        "Nothing: the other driver continues.",
    )
    LEASE_UNKNOWN = (
        "lease-unknown",
        "A driver on another machine has the run, and it is unknown here whether it still runs.",
        "Check that machine; if the driver has ended, remove the named file, then run `loop-tui go`.",
    )
    ARCHIVE_UNREADABLE = (
        "archive-unreadable",
        "The archive of a run is damaged, incomplete or belongs to another run.",
        "Other runs are not affected; check the named file.",
    )

    # --- files

    FILE_UNREADABLE = (
        "file-unreadable",
        "A file does not exist, or cannot be read.",
        "Check that it exists and that you may read it.",
    )
    FILE_INVALID = (
        "file-invalid",
        "A file has the wrong form: not JSON, not UTF-8, too large, or not a file at all.",
        "Fix it at the named place.",
    )
    FILE_EXISTS = (
        "file-exists",
        "The file or folder exists already, and is not replaced.",
        "Choose another name.",
    )
    NOT_WRITABLE = (
        "not-writable",
        "A file or folder cannot be written.",
        "Check who owns it, and that its file system is not read-only.",
    )
    DISK_FULL = (
        "disk-full",
        "The disk is full, or your quota is used up.",
        "Free some space, then try again.",
    )
    SYSTEM_REFUSED = (
        "system-refused",
        "The operating system refused, for a reason other than space or permission.",
        "Check the named place, and whether another program changes it; the run can be continued.",
    )
    OUTPUT_LOST = (
        "output-lost",
        "The output of the command is lost: nothing reads it any more, or its file cannot be written.",
        f"{RESUMES}; send its output to a place that can be written.",
    )
    PATH_UNSAFE = (
        "path-unsafe",
        "A name or a link leads out of its folder.",
        "Use a plain name, or remove the link.",
    )
    PACK_INVALID = (
        "pack-invalid",
        "An installed pack cannot be used, or only in part.",
        "Update the pack, or remove it.",
    )
    INSTALL_DAMAGED = (
        "install-damaged",
        "Files that come with loop-tui are missing.",
        "Install loop-tui again.",
    )

    # --- programs

    PROGRAM_MISSING = (
        "program-missing",
        "A required program is not installed, or too old.",
        "Install it as `todo` says; `loop-tui doctor` lists what is missing.",
    )
    PROGRAM_FAILED = (
        "program-failed",
        "A program could not be started, or ended with an error.",
        "Run it by hand, and fix what it reports.",
    )
    TIMED_OUT = (
        "timed-out",
        "A program or a service did not end or answer in time.",
        "Try again.",
    )
    SKILL_FAILED = (
        "skill-failed",
        "A skill failed while another driver worked on the run; the message says why.",
        "Fix what it reports, then run `loop-tui go`.",
    )
    CHECK_FAILED = (
        "check-failed",
        "A check failed: for example a build, a test, or a server that does not start.",
        "Fix what it reports, then run `loop-tui go`.",
    )
    SECRETS_FOUND = (
        "secrets-found",
        "Files to be committed look like secrets.",
        "Remove the files from git, add them to .gitignore, then run `loop-tui go`.",
    )
    PREFLIGHT_FAILED = (
        "preflight-failed",
        "Something would stop the ship later, so it was not started.",
        "Fix each listed problem; `loop-tui doctor --ship` checks again.",
    )
    EFFECT_UNPROVEN = (
        "effect-unproven",
        "Something was done, but its result cannot be verified.",
        "Check the log and the place itself, then run `loop-tui go`.",
    )

    # --- the registry

    REGISTRY_SIGNED_OUT = (
        "registry-signed-out",
        "You are not signed in to the package registry, or the token is no longer valid.",
        "`npm login`, then run `loop-tui go`.",
    )
    REGISTRY_REFUSED = (
        "registry-refused",
        "The package registry refuses the package, or has a different one with that version.",
        "Read its message; a published version cannot be replaced, so raise the version and ship that.",
    )
    REGISTRY_CONFLICT = (
        "registry-conflict",
        "Another client changed the package at the registry at the same moment.",
        "Look at what the registry has now (`npm view NAME`), then run the command again.",
    )

    # --- git

    NO_REPOSITORY = (
        "no-repository",
        "The project is not in a git repository, or git refuses to use it.",
        "Run `git init`, or use a checkout of your own.",
    )
    GIT_FAILED = (
        "git-failed",
        "git refused, or ended with an error.",
        "Run the named command by hand.",
    )
    GIT_STATE = (
        "git-state",
        "The repository is not ready: a merge in progress, no branch, commit or remote, or the tag exists.",
        "Fix it with git as `todo` says, then run `loop-tui go`.",
    )
    TREE_CHANGED = (
        "tree-changed",
        "Files differ from what was checked or shipped, or keep changing.",
        "Put the changes aside, for example with `git stash`, then run `loop-tui go`.",
    )
    REMOTE_MOVED = (
        "remote-moved",
        "The remote branch has commits that are missing here; nothing was pushed.",
        "`git pull --rebase`, then run `loop-tui go`: the checks run again.",
    )
    PULL_REQUEST = (
        "pull-request",
        "The pull request is not merged, or contains other commits than were checked.",
        "Check it on GitHub, then run `loop-tui go`.",
    )

    # --- GitHub and the network

    GH_MISSING = (
        "gh-missing",
        "The program `gh` is not installed.",
        "Install it from https://cli.github.com.",
    )
    GH_SIGNED_OUT = (
        "gh-signed-out",
        "`gh` is not signed in to GitHub.",
        "Run `gh auth login`.",
    )
    GITHUB_REFUSED = (
        "github-refused",
        "GitHub refused: not allowed, not found, or not valid.",
        "Check what the token may do with `gh auth status`.",
    )
    GITHUB_LIMITED = (
        "github-limited",
        "GitHub limits the number of requests.",
        "Wait, then try again.",
    )
    GITHUB_FAILED = (
        "github-failed",
        "GitHub or `gh` failed, or gave an unreadable answer.",
        "Check https://www.githubstatus.com, then try again.",
    )
    NETWORK = (
        "network",
        "A server or a remote cannot be reached, or does not answer.",
        "Check the network, then try again.",
    )

    # --- loop-tui itself

    BUG = (
        "bug",
        "loop-tui itself failed (exit code 70); the crash file has the details.",
        "Report it, with the crash file.",
    )
