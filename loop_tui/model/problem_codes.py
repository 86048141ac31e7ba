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
        "The words or options of the command do not fit, or it needs a terminal and has none.",
        "Read `loop-tui COMMAND --help`, and put the words in order.",
    )
    FOLDER_MISSING = (
        "folder-missing",
        "The folder to work in is not there, or is no folder.",
        "Name a folder that exists with `--project`.",
    )
    DEMO = (
        "demo",
        "The folder belongs to a demo, which has an archive, settings and a key of its own.",
        "`loop-tui demo DIR` opens it; `loop-tui demo DIR COMMAND` runs a command in it.",
    )
    NAME_UNKNOWN = (
        "name-unknown",
        "Nothing here goes by that name: no such skill, gate, question, deliverable, setting or command.",
        "Use one of the names that `todo` lists.",
    )
    DECLINED = (
        "declined",
        "A question was answered with no, or with something that is no answer, and nothing was done.",
        "Ask again, and answer it.",
    )
    NOT_ALLOWED = (
        "not-allowed",
        "The state of the run does not allow what was asked; nothing was changed.",
        "Look at `loop-tui status`, and do what `todo` says first.",
    )

    # --- loops and what is set

    LOOP_UNKNOWN = (
        "loop-unknown",
        "There is no loop of that id.",
        "`loop-tui loops list` has the ids.",
    )
    DEFINITION_INVALID = (
        "definition-invalid",
        "The definition of a loop, or a setting in it, is wrong.",
        "Fix the file at the place that is named; `loop-tui loops check FILE` checks it.",
    )
    NOT_TRUSTED = (
        "not-trusted",
        "The loop comes with the repository, and nobody has agreed yet to run its commands.",
        "Read the definition, then say `--trust`.",
    )
    SETTINGS_INVALID = (
        "settings-invalid",
        "The user's settings, keys or theme are wrong; what is wrong counts as if it were not set.",
        "Fix the file at the place that is named; `loop-tui config path` tells where it is.",
    )
    TARGET_INVALID = (
        "target-invalid",
        "What is set for a target of the ship is wrong.",
        "Fix `.loops/targets.toml` at the place that is named.",
    )
    SKILL_UNRUNNABLE = (
        "skill-unrunnable",
        "Nobody can do this skill here: it is not built in, and the definition names no other way.",
        "Give the skill the runner `commands` or `manual`.",
    )

    # --- the run and its state file

    RUN_UNKNOWN = (
        "run-unknown",
        "There is no such run, neither here nor among those that are over.",
        "`loop-tui go` starts one, `loop-tui runs` lists those that are over.",
    )
    RUN_AMBIGUOUS = (
        "run-ambiguous",
        "More than one run is meant.",
        "Say which one, with `--loop` or with its id.",
    )
    RUN_EXISTS = (
        "run-exists",
        "A run is there already.",
        "Resume it, or abort it before another one is started.",
    )
    STATE_GONE = (
        "state-gone",
        "The state file of the run is not there, or not any more.",
        "`loop-tui go` starts a new run.",
    )
    STATE_DAMAGED = (
        "state-damaged",
        "The state file cannot be understood; it is left as it is.",
        "Fix it at the place that is named, or `loop-tui state restore` puts the last good copy back.",
    )
    STATE_FOREIGN = (
        "state-foreign",
        "The file is not the state of a loop, or belongs to another program and is only read.",
        "Leave it to the program that writes it.",
    )
    STATE_BUSY = (
        "state-busy",
        "Another process holds the lock, or keeps writing the file.",
        "Try again; end the other process when it hangs.",
    )
    RUN_CHANGED = (
        "run-changed",
        "The run changed after whoever decides had seen it; nothing was decided.",
        "Look at the run again, then decide.",
    )
    ELSEWHERE = (
        "elsewhere",
        "The run is driven by somebody else: it was not begun here, so it is answered here and no more.",
        "Answer its gates and questions, or `loop-tui adopt` makes it yours.",
    )
    CLAIMED = (
        "claimed",
        "Somebody has claimed the skill or the run, and was heard of lately.",
        "Wait until they release it, or `loop-tui release` takes it back.",
    )
    DELIVERABLE_MISSING = (
        "deliverable-missing",
        "A document that a gate is about is not there, or is empty.",
        "Write it, or give a reason with the approval.",
    )
    LEASE_HELD = (
        "lease-held",
        "Another driver works on the run, and what was asked must not be done meanwhile.",
        "Wait until it ends, or `loop-tui pause`.",
    )
    LEASE_LOST = (
        "lease-lost",
        "Another driver has taken the run over; this one has stopped.",
        "Nothing: the other one goes on.",
    )
    LEASE_UNKNOWN = (
        "lease-unknown",
        "A driver of another machine has the run, and nobody can tell from here whether it still works.",
        "Look on that machine; when it has ended, remove the file that is named, then `loop-tui go`.",
    )
    ARCHIVE_UNREADABLE = (
        "archive-unreadable",
        "The archive of a run is damaged, incomplete or not of this run.",
        "Other runs are not concerned; look at the file that is named.",
    )

    # --- files

    FILE_UNREADABLE = (
        "file-unreadable",
        "A file is not there, or cannot be read.",
        "See that it exists and that you may read it.",
    )
    FILE_INVALID = (
        "file-invalid",
        "A file is not what it must be: no JSON, no UTF-8, too large, or of another kind.",
        "Fix it at the place that is named.",
    )
    FILE_EXISTS = (
        "file-exists",
        "Something is there already, and is not replaced.",
        "Choose another name.",
    )
    NOT_WRITABLE = (
        "not-writable",
        "A file or folder cannot be written.",
        "See who owns it, and that its file system is not read-only.",
    )
    DISK_FULL = (
        "disk-full",
        "The disk is full, or your quota is used up.",
        "Free some space, and try again.",
    )
    SYSTEM_REFUSED = (
        "system-refused",
        "The operating system refused something that has nothing to do with space or permission.",
        "See what lies at the place that is named, and whether something else changes it; the run can be resumed.",
    )
    OUTPUT_LOST = (
        "output-lost",
        "What the command prints goes nowhere: its reader has gone, or the file that it goes to cannot be written.",
        f"{RESUMES}; let its output go where it can be written.",
    )
    PATH_UNSAFE = (
        "path-unsafe",
        "A name or a link leads out of the folder that it has to stay in.",
        "Use a plain name; remove the link.",
    )
    PACK_INVALID = (
        "pack-invalid",
        "A pack that is installed cannot be used, or not all of it.",
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
        "A program that is needed is not installed, or too old.",
        "Get it as `todo` says; `loop-tui doctor` lists what is missing.",
    )
    PROGRAM_FAILED = (
        "program-failed",
        "A program could not be started, or ended with an error.",
        "Run it by hand, and fix what it names.",
    )
    TIMED_OUT = (
        "timed-out",
        "A program or a service did not end or answer in time.",
        "Try again.",
    )
    SKILL_FAILED = (
        "skill-failed",
        "A skill failed while another driver worked on the run; the words say why.",
        "Fix what they name, then `loop-tui go`.",
    )
    CHECK_FAILED = (
        "check-failed",
        "A check of what is shipped did not pass: a build, a test, a server that does not come up.",
        "Fix what it names, then `loop-tui go`.",
    )
    SECRETS_FOUND = (
        "secrets-found",
        "What would be committed looks like secrets.",
        "Take the files out of git, add them to .gitignore, then `loop-tui go`.",
    )
    PREFLIGHT_FAILED = (
        "preflight-failed",
        "Something would stop the ship later, so it was not begun.",
        "Fix each thing that is listed; `loop-tui doctor --ship` looks again.",
    )
    EFFECT_UNPROVEN = (
        "effect-unproven",
        "Something was done, and the world does not show it.",
        "Look at the log and at the place itself, then `loop-tui go`.",
    )

    # --- the registry

    REGISTRY_SIGNED_OUT = (
        "registry-signed-out",
        "Nobody is signed in to the registry of packages, or the token is no longer good.",
        "`npm login`, then `loop-tui go`.",
    )
    REGISTRY_REFUSED = (
        "registry-refused",
        "The registry of packages does not take the package, or has another one of that version.",
        "Read what it says; a version that is taken stays so: raise the version, and ship that.",
    )

    # --- git

    NO_REPOSITORY = (
        "no-repository",
        "The project is in no git repository, or in none that git lets you use.",
        "`git init`, or work in a checkout of your own.",
    )
    GIT_FAILED = (
        "git-failed",
        "git refused, or ended with an error.",
        "Run the command that is named by hand.",
    )
    GIT_STATE = (
        "git-state",
        "The repository is not in a state for this: a merge under way, no branch, commit or remote, a taken tag.",
        "Put it in order with git as `todo` says, then `loop-tui go`.",
    )
    TREE_CHANGED = (
        "tree-changed",
        "Files are not what was checked or shipped, or keep changing.",
        "Put the changes aside, with `git stash` for instance, then `loop-tui go`.",
    )
    REMOTE_MOVED = (
        "remote-moved",
        "The branch at the remote has commits that are not here; nothing was pushed.",
        "`git pull --rebase`, then `loop-tui go`: the checks run again.",
    )
    PULL_REQUEST = (
        "pull-request",
        "The pull request is not merged, or not with what was checked.",
        "Look at it on GitHub, then `loop-tui go`.",
    )

    # --- GitHub and the network

    GH_MISSING = (
        "gh-missing",
        "The program `gh` is not installed.",
        "Get it from https://cli.github.com.",
    )
    GH_SIGNED_OUT = (
        "gh-signed-out",
        "`gh` is not signed in to GitHub.",
        "`gh auth login`.",
    )
    GITHUB_REFUSED = (
        "github-refused",
        "GitHub does not do that for you: not allowed, not found, or not valid.",
        "See what the token may do with `gh auth status`.",
    )
    GITHUB_LIMITED = (
        "github-limited",
        "GitHub wants fewer questions for a while.",
        "Wait, then try again.",
    )
    GITHUB_FAILED = (
        "github-failed",
        "GitHub or `gh` failed, or gave an answer that cannot be read.",
        "See https://www.githubstatus.com, and try again.",
    )
    NETWORK = (
        "network",
        "A server or a remote cannot be reached, or does not answer.",
        "Look at the network, and try again.",
    )

    # --- loop-tui itself

    BUG = (
        "bug",
        "loop-tui itself has failed (exit code 70); the crash file has the details.",
        "Report it, with the crash file.",
    )
