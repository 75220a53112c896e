"""Ranks: of the processes of one launch rank 0 records, and each has the config; or each records.

torchrun and MPICH are the real ones. Of SLURM there is what it says: its variables.
"""

import json
import sys
from pathlib import Path

import pytest

import unifig
from unifig.runs.ranks import rank_of

BIN = Path(sys.executable).parent

PROGRAM = """
import json, os, sys, time, unifig
run = unifig.init({"lr": 0.1, "n": {"a": [1]}}, **json.loads(sys.argv[1]))
for step in range(3):
    run.log({"loss": 1 / (step + 1)})
told = {"config": unifig.config.flat(), "recorded": run.is_recorded, "summary": run.summary["loss"]}
run.finish()
with open(f"told{os.getpid()}.json", "w") as file:
    json.dump(told, file)
"""


def told(place):
    """What each process has seen."""
    return [json.loads(path.read_text()) for path in place.folder.glob("told*.json")]


@pytest.fixture(params=["torchrun", "mpich"])
def launch(request):
    """The words that start two processes of a program."""
    if request.param == "torchrun":
        pytest.importorskip("torch")
        return [str(BIN / "torchrun"), "--standalone", "--nproc-per-node=2", "--no-python"]
    if not (BIN / "mpiexec.hydra").exists():
        pytest.skip("MPICH is not installed")
    return [str(BIN / "mpiexec.hydra"), "-n", "2"]


def run(place, launch, given, **env):
    """Runs the program under a launcher, to its end."""
    done = place.run(PROGRAM, json.dumps(given), under=launch, **env)
    assert done.code == 0, done.err
    return done


def test_rank_0_records(place, launch):
    """One run is there, of rank 0; every rank has the config, and may log as if it recorded."""
    done = run(place, launch, {})
    assert done.warnings == []
    assert sorted(one.pop("recorded") for one in told(place)) == [False, True]
    first, second = told(place)
    assert first["config"] == second["config"] == {"lr": 0.1, "n.a": [1]}
    assert first["summary"] == second["summary"] == 1 / 3
    (recorded,) = unifig.Api(place.runs).runs()
    assert (recorded.metadata["rank"], recorded.metadata["world_size"]) == (0, 2)
    assert len(recorded.history()) == 3


def test_every_rank_records(place, launch):
    """Each rank has a run, in one group, called by its rank; the id that all have is told apart."""
    group = {} if "torchrun" in launch[0] else {"group": "mine"}  # MPICH tells no launch
    run(place, launch, {"ranks": "all", "id": "a", **group})
    found = list(unifig.Api(place.runs).runs(order="+id"))
    assert [(one.id, one.name) for one in found] == [("a-0", "rank 0"), ("a-1", "rank 1")]
    assert len({one.group for one in found}) == 1
    assert found[0].group
    run(place, launch, {**group}, UNIFIG_RANKS="all")
    groups = [one.group for one in unifig.Api(place.runs).runs()]
    assert sorted(map(groups.count, set(groups))) == ([4] if group else [2, 2])


def test_an_id_that_all_ranks_are_given(place, launch):
    """That rank 0 has opened the run by then is no trouble of the others', and nothing is told."""
    assert run(place, launch, {"id": "a", "resume": "never"}).warnings == []
    assert run(place, launch, {"id": "a", "resume": "must"}).warnings == []
    (recorded,) = unifig.Api(place.runs).runs()
    assert len(recorded.history()) == 6
    assert [one["summary"] for one in told(place)].count(1 / 3) == 4


def test_a_launch_that_nothing_tells_apart(place):
    """Each rank is to record, and the launcher names no launch: an error says what to write."""
    env = {"RANK": "3", "WORLD_SIZE": "16", "LOCAL_WORLD_SIZE": "8", "TORCHELASTIC_RUN_ID": "none"}
    done = place.run(PROGRAM, '{"ranks": "all"}', **env)
    assert done.code == 1
    assert "RunError: each rank is to record a run, and torchrun does not tell" in done.err
    assert "init(group=…)" in done.err
    assert place.journals() == []


def test_who_records_is_one_of_two(place):
    """Anything else is an error, before a run is opened."""
    done = place.run(PROGRAM, '{"ranks": "some"}')
    assert "RunError: ranks is 'some': write one of 'first', 'all'" in done.err
    done = place.run(PROGRAM, "{}", UNIFIG_RANKS="1")
    assert "RunError: UNIFIG_RANKS is '1': write one of 'first', 'all'" in done.err


SLURM = {"SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "3"}


def test_tasks_of_slurm(place):
    """Task 0 records; task 1 says so once, for tasks may be programs of their own."""
    done = [place.run(PROGRAM, "{}", SLURM_PROCID=str(at), **SLURM) for at in range(3)]
    assert [len(one.warnings) for one in done] == [0, 1, 0]
    assert "task 1 of 3 of a job of SLURM" in done[1].warnings[0]
    assert "UNIFIG_RANKS=all" in done[1].warnings[0]
    assert len(place.all()) == 1
    for at in range(3):
        place.run(PROGRAM, "{}", SLURM_PROCID=str(at), UNIFIG_RANKS="all", **SLURM)
    found = unifig.Api(place.runs).runs(filters={"group": "slurm-77-0"}, order="+name")
    assert [one.name for one in found] == ["rank 0", "rank 1", "rank 2"]


def test_disabled_on_every_rank(place):
    """Who says that nothing is recorded is not asked for ranks."""
    done = place.run(PROGRAM, '{"mode": "disabled"}', SLURM_PROCID="1", **SLURM)
    assert (done.code, done.warnings, place.journals()) == (0, [], [])


@pytest.mark.parametrize(
    ("environ", "number", "launch"),
    [
        ({}, None, None),
        ({"RANK": "", "SLURM_PROCID": "x"}, None, None),
        ({"RANK": "1", "WORLD_SIZE": "4", "TORCHELASTIC_RUN_ID": "7"}, 1, "torchrun-7"),
        ({"RANK": "5", "WORLD_SIZE": "8", "SLURM_PROCID": "5", **SLURM}, 5, "slurm-77-0"),
        ({"SLURM_PROCID": "2", "SLURM_JOB_ID": "9"}, 2, "slurm-9"),
        (
            {"OMPI_COMM_WORLD_RANK": "1", "PMIX_NAMESPACE": "prterun-box-1@1"},
            1,
            "mpi-prterun-box-1@1",
        ),
        ({"PMI_RANK": "3", "PMI_SIZE": "4"}, 3, None),
    ],
)
def test_what_launchers_say(environ, number, launch):
    """The innermost launcher tells the rank, and any of them the launch."""
    rank = rank_of(environ)
    assert (None if rank is None else rank.number) == number
    assert (None if rank is None else rank.launch) == launch
