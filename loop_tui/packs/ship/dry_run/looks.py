"""What a look at a project goes by: the context that a skill would get, with services that do nothing."""

from loop_tui.model.definition import LoopDefinition, SkillDefinition
from loop_tui.model.state import RunState
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line
from loop_tui.ports import RunPorts
from loop_tui.runners.context import Context, TargetKinds

from .read_only_services import ReadOnlyServices


class Looks:
    """What each look at the project needs."""

    def __init__(self, ports: RunPorts, definition: LoopDefinition, state: RunState, kinds: TargetKinds) -> None:
        self.project, self.definition, self.state = ports.place.project, definition, state
        self._ports, self._kinds = ports, kinds

    def context(self, skill_id: str) -> Context:
        """The context that a skill would get, with services that do nothing. Its phase and settings are its own."""
        places = ((p.id, s) for p in self.definition.phases for s in p.skills if s.id == skill_id)
        phase, skill = next(places, (self.definition.phases[0].id, SkillDefinition(id=skill_id)))
        return Context(
            project=self.project,
            run_dir=self._ports.place.run_dir,
            home=self._ports.place.home,
            state_file=self._ports.place.state_file,
            archive=self._ports.archive,
            workspace=self._ports.workspace,
            dreams=self._ports.dreams,
            docs=self._ports.docs,
            definition=self.definition,
            skill=skill,
            phase=phase,
            state=self.state,
            do=ReadOnlyServices(self.state),
            kinds=self._kinds,
        )

    def has(self, skill_id: str) -> bool:
        """True when the loop has this skill, and it was not skipped."""
        places = [(p.id, s.id) for p in self.definition.phases for s in p.skills if s.id == skill_id]
        return any(self.status(*place) is not SkillStatus.SKIPPED for place in places)

    def done(self, skill_id: str) -> bool:
        """True when the run has this skill behind it."""
        places = [(p.id, s.id) for p in self.definition.phases for s in p.skills if s.id == skill_id]
        return any(self.status(*place) is SkillStatus.COMPLETE for place in places)

    def status(self, phase: str, skill: str) -> SkillStatus:
        """Where a skill stands in the run."""
        known = self.state.phase_state(phase)
        found = known.skill(skill) if known else None
        return found.status if found else SkillStatus.PENDING

    def reason(self, phase: str, skill: str) -> str:
        """Why a skill was skipped."""
        known = self.state.phase_state(phase)
        found = known.skill(skill) if known else None
        return one_line(found.reason) if found else ""
