import pytest

from cosim import (
    Clock,
    Config,
    ConfigError,
    ElaborationError,
    Module,
    Simulator,
    Steps,
    counter,
    gauge,
    in_port,
    param,
    process,
    signal,
)


class PartConfig(Config):
    """A part's numbers."""

    size_bytes: int = param(64, doc="size", unit="bytes", low=1, source="estimate: a cache line")


class OtherConfig(Config):
    """Another part's numbers."""


class Part(Module):
    """A part. It does nothing."""

    config: PartConfig
    jobs = counter("jobs finished")


class Tree(Module):
    """Two parts in a list."""

    def build(self) -> None:
        self.parts_made = [Part(f"part[{n}]", self) for n in range(2)]


@pytest.fixture
def sim() -> Simulator:
    return Simulator(seed=7)


def test_paths_follow_the_tree(sim):
    tree = Tree("soc", sim)
    assert [module.path for module in sim.modules()] == ["soc", "soc.part[0]", "soc.part[1]"]
    assert tree.children == tree.parts_made
    assert tree.children[0].parent is tree


def test_the_doc_of_a_module_is_the_first_line_of_its_class(sim):
    assert Part("part", sim).doc == "A part. It does nothing."


def test_a_configuration_that_is_not_given_has_its_defaults(sim):
    assert Part("part", sim).config.size_bytes == 64


def test_a_given_configuration_is_kept(sim):
    assert Part("part", sim, config=PartConfig(size_bytes=128)).config.size_bytes == 128


def test_a_configuration_may_be_annotated_by_name(sim):
    class Later(Module):
        config: "PartConfig"

    assert Later("part", sim).config.size_bytes == 64


def test_a_configuration_of_another_part_is_refused(sim):
    with pytest.raises(ConfigError) as refused:
        Part("part", sim, config=OtherConfig())
    assert str(refused.value) == "part.config must be a PartConfig, not a OtherConfig"


def test_a_duplicate_name_is_refused(sim):
    tree = Tree("soc", sim)
    with pytest.raises(ElaborationError) as refused:
        Part("part[1]", tree)
    assert str(refused.value) == (
        "soc.part[1] must be the only child of that name; soc has one already; choose another name"
    )


def test_a_name_outside_the_grammar_is_refused(sim):
    with pytest.raises(ElaborationError, match="must be a letter, then letters, digits or _"):
        Part("my part", sim)


def test_a_declaration_may_not_hide_what_every_module_has(sim):
    class Hiding(Module):
        clock = gauge("not the clock")  # type: ignore[assignment]  # wrong on purpose

    with pytest.raises(ElaborationError) as refused:
        Hiding("part", sim)
    assert str(refused.value) == (
        "Hiding.clock must have another name; clock is an attribute of every module"
    )


def test_a_subclass_may_not_replace_a_declaration_by_something_else(sim):
    class Replaced(Part):
        jobs = 3  # type: ignore[assignment]  # wrong on purpose

    with pytest.raises(ElaborationError) as refused:
        Replaced("part", sim)
    assert str(refused.value) == (
        "Replaced.jobs must stay a declaration, because a base class declares it; "
        "it became a int; rename it"
    )


def test_declarations_of_base_classes_come_first(sim):
    class More(Part):
        busy = gauge("a job runs")

    assert [probe.name for probe in More("part", sim).probes] == ["jobs", "busy"]


def test_a_part_is_unknown_before_the_module_is_made():
    bare = Part.__new__(Part)
    with pytest.raises(AttributeError, match="no attribute 'jobs'"):
        _ = bare.jobs


def test_what_a_class_declares_is_found_on_the_class():
    assert Part.jobs.doc == "jobs finished"
    with pytest.raises(AttributeError) as refused:
        _ = Part.job
    assert str(refused.value) == "Part declares no job"


def test_a_clock_is_inherited_from_the_nearest_parent_that_has_one():
    slow, fast = Clock(1_000_000_000), Clock(2_000_000_000)
    sim = Simulator(clock=slow)
    inner = Part("inner", Tree("soc", sim, clock=fast))
    assert inner.clock == fast
    assert Part("outer", sim).clock == slow


def test_a_module_without_any_clock_says_so(sim):
    with pytest.raises(ElaborationError) as refused:
        _ = Part("part", sim).clock
    assert str(refused.value) == (
        "part must have a clock; give clock=Clock(hz) to it or to a parent"
    )


@pytest.mark.parametrize(
    ("now_ps", "count", "wait_ps"),
    [
        (0, 1, 333),  # edges of 3 GHz: 0, 333, 666, 1000 ps
        (0, 3, 1_000),
        (1, 1, 332),
        (333, 1, 333),
        (334, 1, 332),
        (666, 1, 334),
    ],
)
def test_cycles_are_counted_in_edges_that_lie_ahead(sim, now_ps, count, wait_ps):
    part = Part("part", sim, clock=Clock(3_000_000_000))
    if now_ps:
        sim.run(now_ps)
    assert part.cycles(count) == wait_ps


def test_random_numbers_of_a_module_do_not_depend_on_its_neighbours():
    alone = Part("part", Simulator(seed=7)).rng.integers(1 << 30, size=4)
    sim = Simulator(seed=7)
    Part("neighbour", sim).rng.integers(1 << 30, size=100)
    assert list(Part("part", sim).rng.integers(1 << 30, size=4)) == list(alone)


def test_modules_of_one_class_at_two_paths_draw_different_numbers(sim):
    one, other = Part("one", sim), Part("other", sim)
    assert one.rng.integers(1 << 30) != other.rng.integers(1 << 30)


class Runner(Module):
    """Starts a second process."""

    line = signal("wakes the third")

    def build(self) -> None:
        self.log: list[tuple[int, str]] = []

    @process
    def first(self) -> Steps:
        self.log.append((self.now_ps, "first"))
        yield 100
        yield self.spawn(self.second())
        self.log.append((self.now_ps, "first again"))
        self.line.write(1)

    def second(self) -> Steps:
        yield 50
        self.log.append((self.now_ps, "second"))

    @process
    @line.on_change
    def third(self) -> Steps:
        yield
        self.log.append((self.now_ps, "third"))


def test_processes_start_at_time_zero_and_may_start_others(sim):
    runner = Runner("runner", sim)
    sim.run()
    assert runner.log == [
        (0, "first"),
        (150, "second"),
        (150, "first again"),
        (150, "third"),
    ]
    assert runner.processes["first"].name == "runner.first"


def test_a_process_can_be_killed_by_the_name_of_its_method(sim):
    runner = Runner("runner", sim)
    sim.run(50)
    runner.processes["first"].kill()
    sim.run(on_hang="ignore")
    assert runner.log == [(0, "first")]


def test_an_overridden_process_runs_once(sim):
    class Other(Runner):
        def first(self) -> Steps:
            self.log.append((self.now_ps, "other"))
            yield 1

    runner = Other("runner", sim)
    sim.run(on_hang="ignore")
    assert runner.log == [(0, "other")]


def test_parts_whose_number_is_configured_are_declared_in_build(sim):
    class Converter(Module):
        def build(self) -> None:
            self.codes = [self.declare(f"code[{j}]", gauge("code", width_bits=3)) for j in range(2)]

    converter = Converter("adc", sim)
    converter.codes[1].set(7)
    assert [(probe.path, probe.value) for probe in converter.probes] == [
        ("adc.code[0]", 0),
        ("adc.code[1]", 7),
    ]
    with pytest.raises(ElaborationError) as refused:
        converter.declare("code[1]", gauge("once more"))
    assert str(refused.value) == "adc.code[1] is declared already; choose another name"


def test_a_port_and_a_probe_are_found_by_their_kind(sim):
    class Mixed(Module):
        line = in_port("a line", optional=True)
        jobs = counter("jobs")

    mixed = Mixed("mixed", sim)
    assert mixed.parts_of(type(mixed.line)) == [mixed.line]
    assert repr(mixed) == "<Mixed mixed>"
