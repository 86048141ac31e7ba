"""The work of the distribution loop: from the version to the proof that it is out.

Each of these uses only what stands before it: `effects`; the facts and texts that all share (`evidence`, `github`,
`markdown`, `run_durations`); `release` (versions, changelog) and `packaging`; `publish`; `commit` and `verify`;
`targets`; `preflight`; `release_planner`; `dry_run`, `undo` and `retrospective`; `commands`.
"""

from loop_tui.runners.pack_api import CommandSpec, DemoOption, EffectSpec, Pack, Param, SkillSpec, TargetSpec

from . import effects as kinds

_HERE = "loop_tui.packs.ship"
_TARGETS = f"{_HERE}.targets"
_SETTINGS = f"{_TARGETS}.settings"
_CORRECTS = f"{_HERE}.commands.corrections"

TARGETS = {
    "local": TargetSpec(
        f"{_TARGETS}.kinds.local:confirm",
        f"{_SETTINGS}:LOCAL",
        missing=f"{_TARGETS}.kinds.local:missing",
        timed_by="deploy",
    ),
    "git-remote": TargetSpec(f"{_TARGETS}.kinds.git_remote:confirm", f"{_SETTINGS}:LEVEL"),
    "tarball": TargetSpec(
        f"{_TARGETS}.kinds.tarball:confirm", f"{_SETTINGS}:TARBALL", missing=f"{_TARGETS}.kinds.tarball:missing"
    ),
    "commands-sync": TargetSpec(
        f"{_TARGETS}.kinds.commands_sync:confirm",
        f"{_SETTINGS}:LEVEL",
        missing=f"{_TARGETS}.kinds.commands_sync:missing",
    ),
    "github-actions": TargetSpec(f"{_TARGETS}.kinds.github_actions:confirm", f"{_SETTINGS}:ACTIONS", ("workflow",)),
    "github-deployment": TargetSpec(
        f"{_TARGETS}.kinds.github_deployment:confirm", f"{_SETTINGS}:DEPLOYMENT", ("environment", "app")
    ),
    "github-release": TargetSpec(f"{_TARGETS}.kinds.github_release:confirm", f"{_SETTINGS}:RELEASES", ("tag",)),
    "npm-registry": TargetSpec(
        f"{_TARGETS}.kinds.npm_registry:confirm",
        f"{_SETTINGS}:REGISTRY",
        ("publish",),
        missing=f"{_TARGETS}.kinds.tarball:missing",
    ),
    "http-health": TargetSpec(
        f"{_TARGETS}.kinds.http_health:confirm", f"{_SETTINGS}:HEALTH", ("url",), level="healthy"
    ),
}

PACK = Pack(
    id="ship",
    skills={
        "release-planner": SkillSpec(f"{_HERE}.release_planner.skill:run"),
        "code-verification": SkillSpec(f"{_HERE}.verify.code_verification:run"),
        "git-workflow": SkillSpec(f"{_HERE}.commit.git_workflow:run"),
        "deploy": SkillSpec(f"{_HERE}.verify.deploy:run"),
        "distribute": SkillSpec(f"{_TARGETS}.distribute:run", interruptible=True),
        "retrospective": SkillSpec(f"{_HERE}.retrospective:run"),
    },
    targets=TARGETS,
    effects={
        kinds.VERSION: EffectSpec(
            "the version that was written",
            doing="writing the version",
            left_behind=f"{_HERE}.effects:version_left_behind",
        ),
        kinds.CHANGELOG: EffectSpec(
            "the section of the changelog", left_behind=f"{_HERE}.effects:changelog_left_behind"
        ),
        kinds.DREAM_STATE: EffectSpec(
            "the row in the Dream State", left_behind=f"{_HERE}.effects:dream_state_left_behind"
        ),
        kinds.CHANGELOG_DRAFT: EffectSpec("the draft of the changelog"),
        kinds.PLAN: EffectSpec("the version that was planned"),
        kinds.VERSION_SCRIPT: EffectSpec("what the version script changed"),
        kinds.COMMIT: EffectSpec("the commit", doing="committing", left_behind=f"{_HERE}.effects:commit_left_behind"),
        kinds.PUSH: EffectSpec("the push", irreversible=True, doing="pushing"),
        kinds.TAG: EffectSpec("the tag", irreversible=True, doing="tagging"),
        kinds.TAG_CHOICE: EffectSpec("the choice of the tag"),
        kinds.UNDO: EffectSpec("the undo"),
        kinds.BRANCH: EffectSpec("the branch of the pull request", irreversible=True),
        kinds.PULL_REQUEST: EffectSpec("the pull request", irreversible=True),
        kinds.AUTO_MERGE: EffectSpec("the request for auto-merge", irreversible=True),
        kinds.MERGE: EffectSpec("the merge", irreversible=True, doing="merging"),
        kinds.DESTINATION: EffectSpec("the record of the destination"),
        kinds.RELEASE: EffectSpec("the record of what was released"),
        kinds.TARBALL: EffectSpec("the tarball", doing="packing"),
        kinds.PUBLISH: EffectSpec("the published version", irreversible=True, doing="publishing"),
        kinds.PUBLISH_ATTEMPT: EffectSpec("the record of the publish"),
        kinds.SYNC: EffectSpec("the synchronised commands", doing="copying the commands"),
        kinds.WORKFLOW_AGAIN: EffectSpec("the workflow that was started again", irreversible=True),
        kinds.RELEASE_TAG: EffectSpec("the tag of the release", irreversible=True),
        kinds.RELEASE_DRAFT: EffectSpec("the draft of the release"),
        kinds.RELEASE_ASSET: EffectSpec("the file of the release", doing="uploading a file of the release"),
        kinds.RELEASE_CLEAR: EffectSpec("the removal of an unfinished file"),
        kinds.RELEASE_PUBLISH: EffectSpec("the release", irreversible=True, doing="publishing the release"),
    },
    commands=(
        CommandSpec(
            "undo",
            "Undo this run's own commit and version bump, if not pushed and nothing else changed.",
            f"{_HERE}.commands.undo:run",
            (Param("dry-run", "Only show what would be undone: nothing is changed.", flag=True),),
            needs_lease=True,
            ready=f"{_HERE}.commands.undo:ready",
        ),
        CommandSpec(
            "targets",
            "Show the targets of a run, and which are configured in .loops/targets.toml.\n\n"
            "--write creates that file. An existing file is never changed: the proposal is written to another file.",
            f"{_HERE}.commands.targets:run",
            (
                Param("detect", "Propose targets from what the repository uses.", flag=True),
                Param("write", "Like --detect, and write the proposal to a file.", flag=True),
                Param(
                    "yes", "Write the hooks that `hook` shows; let `sync` replace changed files.", flag=True, short="y"
                ),
            ),
            words="`sync` copies slash commands to the home folder now; `hook install` and `hook remove` show the "
            "git hooks that do it after each commit and merge.",
            loop="default",
        ),
        CommandSpec("release deprecate", "Deprecate published versions.", f"{_CORRECTS}:run_deprecate"),
        CommandSpec("release dist-tag", "Move a dist-tag to a published version.", f"{_CORRECTS}:run_dist_tag"),
        CommandSpec("doctor --ship", "Show what would stop a ship.", f"{_HERE}.commands.doctor:run", loop="default"),
        CommandSpec("run --dry-run", "Show what a run would do.", f"{_HERE}.commands.dry_run:run"),
    ),
    run_options=(
        Param("only", "Ship to this target only; may be repeated.", repeated=True),
        Param("version", "The version to release, instead of the one computed from the commits."),
        Param("skip-target", "Skip this target, for the reason in --reason; may be repeated.", repeated=True),
        Param("resync", "Build and confirm again what was already shipped: no version bump, no commit.", flag=True),
        Param("hotfix", "Also reuse tests and lint that passed on exactly this tree in an earlier run.", flag=True),
    ),
    choose=f"{_HERE}.choices:choose",
    may_begin=f"{_HERE}.dry_run.resync:may_begin",
    settings_files=("targets.toml", "targets.proposed.toml"),
    configure=f"{_TARGETS}.project_file:with_project_targets",
    written=f"{_HERE}.effects:written_files",
    ready=f"{_HERE}.ready:ready",
    summary=f"{_HERE}.release_summary:summary",
    read_summary=f"{_HERE}.release_summary:read_summary",
    sample=f"{_HERE}.sample:sample_project",
    demo_options=(
        DemoOption(
            "publish",
            "Also start a local registry (verdaccio) and publish to it.",
            f"{_HERE}.sample.registry:registry_beside",
            needed=f"{_HERE}.sample.registry:publishes",
        ),
    ),
)
