"""What can be done with the run that a screen shows: the same from its cockpit and from the list of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.tui.cockpit.answering import answer_from_anywhere
from loop_tui.tui.cockpit.run_answers import AnswersRun

if TYPE_CHECKING:
    from loop_tui.tui.cockpit.command_line import AnyTyped
    from loop_tui.tui.cockpit.messages import NextWanted
    from loop_tui.tui.cockpit.tree_rows import TreeRow


class RunActions(AnswersRun):
    """A screen from which a run is told to go on, to pause, and so on."""

    def selected_row(self) -> TreeRow | None:
        """The row of the phase tree that the person has selected, or None where there is no tree."""
        return None

    def selected_skill(self) -> tuple[str, str] | None:
        """Phase and skill that the person has selected, or None where none can be."""
        return None

    def leave(self, how: str = "") -> None:
        """Quit; `how` is what became of the driver (`farewell`)."""
        from loop_tui.tui.farewell import LEFT, Left

        self.app.left = Left(self.snapshot, how or LEFT)
        self.app.exit(0)

    def action_pane(self, number: int) -> None:
        """Go to a pane; the third is the gate panel."""
        raise NotImplementedError

    @property
    def is_too_small(self) -> bool:
        """True where there is no room for the gate panel."""
        raise NotImplementedError

    def note_own_go(self) -> None:
        """The person let the run go on."""

    def action_go(self) -> None:
        """Go on; what has been seen is dismissed first."""
        if self.snapshot.ended is not None:
            self.source.seen()
            return
        if self.refused("go"):
            return
        if self.snapshot.presence is not None and not self.snapshot.presence.ours:
            self.action_adopt()
            return
        self.source.seen()
        self.note_own_go()
        self.tell(lambda person: person.go())

    def action_answer(self, answer: str) -> None:
        """The first step of an answer, from any pane."""
        answer_from_anywhere(self, answer)

    def action_adopt(self) -> None:
        """Ask whether to make this run ours."""
        if not self.refused("adopt"):
            from loop_tui.tui.cockpit.adopting import ask_adopt

            ask_adopt(self)

    def action_adopt_definition(self) -> None:
        """Ask whether to let this run go by the definition as it is now."""
        if not self.refused("adopt-definition"):
            from loop_tui.tui.cockpit.adopting import ask_adopt_definition

            ask_adopt_definition(self)

    def action_release(self, skill: str = "") -> None:
        """Take back what somebody claimed: a skill, or without a name all of it."""
        if not self.refused("release"):
            self.tell(lambda person: person.release(skill), "released", start=False)

    def action_pause(self) -> None:
        """Pause, or resume what is paused or blocked."""
        if self.refused("pause") or self.snapshot.state is None:
            return
        if self.snapshot.state.status.value in ("paused", "blocked"):
            self.source.seen()
            self.tell(lambda person: person.resume(), "resumed")
        else:
            self.tell(lambda person: person.pause(), "pausing after the current skill", start=False)

    def action_skip(self) -> None:
        """Ask for the reason, then skip the selected skill, or the next one."""
        if not self.refused("skip"):
            from loop_tui.tui.cockpit.prompts import ask_skip

            ask_skip(self)

    def action_complete(self) -> None:
        """Ask whether the skill that is done by hand is done."""
        if not self.refused("complete"):
            from loop_tui.tui.cockpit.by_hand import ask_complete

            ask_complete(self)

    def action_own(self, name: str) -> None:
        """Do a command of the person's own."""
        from loop_tui.tui.cockpit.own_command import do_own

        do_own(self, name)

    def action_jump(self) -> None:
        """Choose the phase to go to."""
        if not self.refused("jump"):
            from loop_tui.tui.cockpit.prompts import ask_phase

            ask_phase(self)

    def action_resume(self) -> None:
        """Resume what is paused or blocked."""
        if not self.refused("resume"):
            self.action_pause()

    def action_show(self, name: str = "") -> None:
        """Show the deliverable of that name, or choose one and show it."""
        if not self.refused("show"):
            from loop_tui.tui.cockpit.view_items import view_deliverables

            view_deliverables(self, name)

    def action_changed(self, skill: str = "") -> None:
        """Show what the selected skill changed, or the one of that name."""
        if not self.refused("changed"):
            from loop_tui.tui.cockpit.view_items import view_changed

            view_changed(self, self.selected_skill(), skill)

    def action_plan(self) -> None:
        """Show what would be done; nothing is changed."""
        from loop_tui.tui.cockpit.dry_run import PlanScreen

        self.app.push_screen(PlanScreen(self.snapshot.project, self.snapshot.loop, self.app.launcher.plan))

    def action_context(self) -> None:
        """Show what the run was given to know, or before one what it would be."""
        from loop_tui.tui.cockpit.known_before import show_context

        self.run_worker(show_context(self), group="verb")

    def action_docs(self) -> None:
        """Show what is stale in the documents of the project."""
        from loop_tui.tui.docs.screen import DocsScreen

        self.app.push_screen(DocsScreen(self.snapshot.project))

    def action_next_move(self, start: str = "") -> None:
        """Show what is worth doing next, to choose from; or start the move of that number or target."""
        from loop_tui.tui.cockpit.next_move import choose_move
        from loop_tui.tui.type_ahead import COMMAND

        # What is typed meanwhile is for the choice that comes.
        self.run_worker(choose_move(self, start), group=COMMAND)

    def on_next_wanted(self, message: NextWanted) -> None:
        """Start what the panel said is worth doing next."""
        from loop_tui.tui.cockpit.next_move import begin_move
        from loop_tui.tui.moves.listed import ListedMove

        begin_move(self, ListedMove(message.choice))

    def action_command(self, text: str = "") -> None:
        """Type a command; `text` is its beginning."""
        self.ask_command(text)

    async def do_typed(self, command: AnyTyped) -> None:
        """Do what was typed."""
        from loop_tui.tui.cockpit.perform import do

        await do(self, command)

    def ask_command(self, text: str) -> None:
        """Ask for a command, and do it."""
        from loop_tui.tui.cockpit.command_line import CommandScreen
        from loop_tui.tui.cockpit.perform import names_of

        def typed(command: AnyTyped | None) -> None:
            if command is not None:
                self.run_worker(self.do_typed(command), group="command")

        question = self.snapshot.question
        forgets = "answer" if question is not None and question.is_secret else ""
        self.app.push_screen(CommandScreen(names_of(self.snapshot), forgets, self.app.verbs, text), typed)
