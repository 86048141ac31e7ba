"""A pack as somebody else would write it: one of each thing."""

from loop_tui.runners.pack_api import CommandSpec, EffectSpec, Pack, Param, SkillSpec, TargetSpec

PACK = Pack(
    id="hello",
    loops="loop_tui_hello:loops",
    skills={"greet": SkillSpec("loop_tui_hello.work:greet"), "deliver": SkillSpec("loop_tui_hello.work:deliver")},
    targets={"doormat": TargetSpec("loop_tui_hello.work:confirm", "loop_tui_hello.work:SETTINGS", ("mat",))},
    effects={"greeting": EffectSpec("the greeting", left_behind="loop_tui_hello.work:left_behind")},
    commands=(
        CommandSpec(
            "hello", "Say hello.", "loop_tui_hello.work:hello", (Param("name", "To whom.", default="world", short="n"),)
        ),
    ),
    run_options=(Param("loudly", "Say it loudly.", flag=True),),
    choose="loop_tui_hello.work:choose",
    evidence_void="loop_tui_hello.work:evidence_void",
    panel="loop_tui_hello.work:panel",
)
