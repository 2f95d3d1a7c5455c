"""Whatever is done to a collection, in any order, it holds what a dictionary from name to text would hold."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ingest.pipeline import Pipeline
from ingest.types import Progress
from tests.ingest.whole import assert_no_file_holds, assert_whole, knowledge_base_in, new_text, pipeline_of

NAMES = ("apples.txt", "pears.txt", "fruit/plums.txt", "水果/苹果 和 梨.txt")

existing = st.integers(0, len(NAMES) - 1)  # counts through the names that are there
some = precondition(lambda self: self.texts)
room = precondition(lambda self: len(self.texts) < len(NAMES))


class Killed(BaseException):
    """The process is gone."""


class CollectionMachine(RuleBasedStateMachine):
    """Does to a real collection and to `texts` the same things."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="docent-model-"))
        self.base = knowledge_base_in(self.home / "0")
        self.lives = 0  # how often it was killed; each life has a folder of its own
        self.turn = 0
        self.made = 0
        self.texts: dict[str, str] = {}
        self.old_texts: set[str] = set()

    # --- operations ---------------------------------------------------------------------------------------------------

    @room
    @rule(name=existing)
    def add(self, name: int) -> None:
        self.write(self.free_name(name), self.fresh_text())
        self.sync()

    @room
    @some
    @rule(name=existing, other=existing)
    def add_a_copy(self, name: int, other: int) -> None:
        self.write(self.free_name(name), self.texts[self.name(other)])
        self.sync()

    @some
    @rule(name=existing)
    def replace(self, name: int) -> None:
        self.write(self.name(name), self.fresh_text())
        self.sync()

    @some
    @room
    @rule(name=existing, new=existing)
    def rename(self, name: int, new: int) -> None:
        old_name, new_name = self.name(name), self.free_name(new)
        self.path(new_name).parent.mkdir(exist_ok=True)
        self.path(old_name).rename(self.path(new_name))
        self.texts[new_name] = self.texts.pop(old_name)
        self.sync()

    @some
    @rule(name=existing)
    def delete(self, name: int) -> None:
        self.pipeline().remove([self.name(name)])
        self.forget(self.name(name))

    @some
    @rule(name=existing)
    def delete_its_file(self, name: int) -> None:
        self.path(self.name(name)).unlink()
        self.forget(self.name(name))
        self.sync()

    @rule()
    def rebuild(self) -> None:
        self.pipeline().rebuild(report=ignore)

    @rule(turn=st.integers(0, 2))
    def reembed(self, turn: int) -> None:
        self.turn = turn
        self.pipeline().reembed(report=ignore)

    # --- interruptions ------------------------------------------------------------------------------------------------

    @rule()
    def reopen(self) -> None:
        self.base.close()
        self.base = knowledge_base_in(self.base.storage.root)
        assert_no_file_holds(self.base.storage.root, self.old_texts - set(self.texts.values()))

    @rule()
    def be_killed_between_operations(self) -> None:
        self.start_again(self.remains())

    @some
    @rule(name=existing, fresh=existing, reports=st.integers(1, 12))
    def be_killed_while_syncing(self, name: int, fresh: int, reports: int) -> None:
        before = dict(self.texts)
        self.write(self.name(name), self.fresh_text())
        if len(self.texts) < len(NAMES):
            self.write(self.free_name(fresh), self.fresh_text())
        self.be_killed("sync", reports)
        assert_whole(self.base, {name: {text, before.get(name)} for name, text in self.texts.items()})
        self.sync()

    @some
    @rule(operation=st.sampled_from(["rebuild", "reembed"]), reports=st.integers(1, 12))
    def be_killed_while_building_anew(self, operation: str, reports: int) -> None:
        self.be_killed(operation, reports)

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def holds_what_the_dictionary_holds(self) -> None:
        assert [record.name for record in self.base.records()] == sorted(self.texts)
        assert_whole(self.base, {name: {text} for name, text in self.texts.items()})
        with self.base.reading() as generation:
            assert generation.faults() == []

    def teardown(self) -> None:
        self.base.close()
        shutil.rmtree(self.home)

    # --- steps --------------------------------------------------------------------------------------------------------

    def pipeline(self) -> Pipeline:
        return pipeline_of(self.base, self.turn)

    def sync(self) -> None:
        self.pipeline().sync(report=ignore)

    def name(self, count: int) -> str:
        return sorted(self.texts)[count % len(self.texts)]

    def free_name(self, count: int) -> str:
        free = [name for name in NAMES if name not in self.texts]
        return free[count % len(free)]

    def path(self, name: str) -> Path:
        return self.base.storage.documents / name

    def fresh_text(self) -> str:
        self.made += 1
        return new_text(random.Random(self.made))

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(exist_ok=True)
        self.path(name).write_text(text, encoding="utf-8")
        if name in self.texts:
            self.forget(name)
        self.texts[name] = text

    def forget(self, name: str) -> None:
        self.old_texts.add(self.texts.pop(name))

    def remains(self) -> Path:
        """A copy of what is on the disk now, which is what a kill would leave there."""
        self.lives += 1
        return shutil.copytree(self.base.storage.root, self.home / str(self.lives))

    def be_killed(self, operation: str, reports: int) -> None:
        """Run an operation until it has reported so often, or to its end."""
        left = reports
        remains = None

        def report(progress: Progress) -> None:
            nonlocal left, remains
            left -= 1
            if left == 0:
                remains = self.remains()
                raise Killed

        try:
            getattr(self.pipeline(), operation)(report=report)
        except Killed:
            assert remains is not None
            self.start_again(remains)

    def start_again(self, remains: Path) -> None:
        """With nothing but what was on the disk; the next start sweeps."""
        old = self.base.storage.root
        self.base.close()
        shutil.rmtree(old)
        self.base = knowledge_base_in(remains)
        with self.base.writing("start"):
            pass


def ignore(progress: Progress) -> None:
    """Nobody watches."""


CollectionMachine.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=8,
    deadline=None,  # another program may keep the disk busy
    derandomize=True,  # a failure on one machine is a failure on all
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(200)
class TestCollection(CollectionMachine.TestCase):  # type: ignore[name-defined,misc]
    """The dictionary and the collection agree after every step."""
