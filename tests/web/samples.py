"""The runs that tests of the pages share: as people make them, and as nobody should.

All are recorded by ``init()`` and by a program, into a folder as ``unifig ui`` finds it.
"""

import math
import os
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from itertools import product
from textwrap import dedent

import pytest
from tests.runs.conftest import until
from tests.runs.journals import settle
from tests.web.documents import Visitor
from tests.web.serving import serving

import unifig

MARKUP = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>'
"""What breaks out of an attribute, an element and a script, where nothing is escaped."""

CANARY = "hunter2-Tr0ub4dor"
"""A secret, which no page may have."""

OPTIMIZERS = ("adam", "sgd", "lion,fast")
RATES = (0.1, 0.01, 1e-3, 1e-4)
SEEDS = range(5)
LOGGED = 4
"""Steps of each run of the grid that logs."""

KINDS = [
    *(1, 1, 1.0, True, False, "1", "1.0", "True", None, "None", 0, -0.0, 0.1, "0.1", 1e-5, 1e22),
    *(math.nan, math.nan, math.inf, -math.inf, 2**70, 2**53 + 1, float(2**53), "", " ", "a", "A"),
    *([], {}, [1], [1.0], [True], ["1"], [[1], None], ["a,b"], "[1]", "a,b", "a\nb", "\ud800"),
    *("é☃", "=1+1", "@x", "-2+3", "+1", "\t=1", "1e-4", "yes", "~", "<b>", '"', "'", "a: b", "#a"),
    *("x" * 10_000, MARKUP, "%41", "${x}", "{{ 7 * 7 }}", "\0", "a\\nb", "a\u202eb", "a" * 49),
]
"""Values that could be taken for one another, or for something else than values."""

KEYS = [
    *("lr", "a.b", "x[0]", '"', "'", "<script>alert(1)</script>", "100%", "%41", "é☃", "a,b"),
    *("a b", " ", "", "a\nb", "\0", "\ud800", "=1+1", "__class__", "items", MARKUP, "&lt;", "a=b"),
    *("a<b", "#", "?x=1", "config.lr", "\\", "'}); alert(1)//", "a\u202eb", "k" * 300, "$", "["),
    *("path", "name", "in [a]", "exists", "{}", "&amp;x=1", "a&b=c", "+", "~", "javascript:"),
]
"""Keys that look like something else, or that a part of a page has a use for."""

TRAIN = f"""
    import argparse, dataclasses, os
    import unifig
    from omegaconf import OmegaConf

    @dataclasses.dataclass
    class Model:
        width: int = 64
        name: str = "mlp"

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1, help="the <b>learning</b> rate")
    parser.add_argument("--note", default="none", help="Whatever & more")
    parser.add_argument("--api-key")
    parser.add_argument("--db")
    args = parser.parse_args()
    secret = "{CANARY}"
    url = "postgres://u:" + secret + "@h/db"
    paths = OmegaConf.create({{"root": "/out", "run": "${{root}}/a", "token": secret}})
    with unifig.init(
        {{"optimizer": {{"name": "adam", "eps": 1e-8}}, "password": secret, "where": url}},
        id="trained", name="trained " + url, notes=url, group=url, tags=[url],
        metadata={{"job": {{"password": secret, "url": url}}}},
    ) as run:
        unifig.config.update(unifig.using(args, parser=parser))
        unifig.config.update({{"model": Model()}})
        unifig.config.update({{"paths": paths}})
        unifig.config.update({{"optimizer": {{"eps": 1e-7}}}}, allow_val_change=True)
        run.log({{"loss": 0.5, "val": {{"acc": 0.9}}}})
        run.log({{"loss": 0.25, "val": {{"acc": 0.95}}}})
        run.summary["password"] = secret
        run.summary["best"] = url
        raise ValueError(url)
"""
"""A program that has secrets wherever it can, and fails."""


PROJECTS = [
    *("me/grid", "me/kinds", "me/odd", "me/alone", "me/unmeasured", "me/nan", "me/texts"),
    *("me/endless", "me/demo", "me/nobody", '"><b onclick=x>/<img src=x onerror=alert(1)>', None),
]
"""All projects, one that nobody has, and none."""


@contextmanager
def recording(folder):
    """Makes this process record into the runs of a folder, as ``unifig ui`` there has them."""
    with pytest.MonkeyPatch.context() as patch:
        settle(folder, patch)
        patch.setenv("UNIFIG_DIR", str(folder / ".unifig"))
        yield unifig.Api()


def record(config=None, rows=(), summary=None, exit_code=None, **init):
    """A run, from its beginning to its end."""
    run = unifig.init(config or {}, **init)
    for row in rows:
        run.log(row)
    for name, value in (summary or {}).items():
        run.summary[name] = value
    run.finish(exit_code=exit_code)


def grid(project="grid"):
    """Sixty runs of a search, in ``me/grid``: three optimizers, four rates, five seeds.

    Every seventh fails, and every eleventh never logs; warm-up is set for odd seeds alone.
    """
    for number, (opt, lr, seed) in enumerate(product(OPTIMIZERS, RATES, SEEDS)):
        layers = [64, 32][: 1 + number % 2]
        config = {"opt": opt, "lr": lr, "seed": seed, "model": {"layers": layers, "name": "mlp"}}
        if seed % 2:
            config["warmup"] = 100 * seed
        loss = 1 / (1 + number % 13)
        rows = [
            {"loss": loss / step, "val": {"acc": 1 - loss / (step + 1)}}
            for step in range(1, LOGGED + 1)
        ]
        record(
            config,
            [] if number % 11 == 10 else rows,
            {"note": f"n{number % 3}"},
            exit_code=1 if number % 7 == 6 else None,
            project=project,
            id=f"{opt[0]}{number}",
            name=f"{opt} {lr:g} #{seed}",
            group=opt,
            job_type="eval" if seed == 4 else None,
            tags=["first", "a, b"] if seed == 0 else [f"s{seed}"],
            notes="What was said\nof it" if number % 5 == 0 else None,
        )


def kinds():
    """A run for each of :data:`KINDS`, which is under ``x``; ``k0``, ``k1``… in ``me/kinds``.

    Two more have none; each has a metric, its number.
    """
    for number, value in enumerate([*KINDS, ..., ...]):
        config = {} if value is ... else {"x": value}
        record(config, [{"at": number}], project="kinds", id=f"k{number}")


def odd():
    """Runs of which each part is odd, in ``me/odd``."""
    record(
        {key: number for number, key in enumerate(KEYS)},
        [dict.fromkeys(KEYS, step) for step in range(3)],
        dict.fromkeys(KEYS[:5], MARKUP),
        project="odd",
        id="keys",
    )
    record(
        {"v": {f"n{number}": value for number, value in enumerate(KINDS)}},
        project="odd",
        id="values",
        name="x" * 1000,
    )
    record(
        {MARKUP: {MARKUP: MARKUP}, "list": [{MARKUP: [MARKUP, {"deep": [1, [2]]}]}, {}]},
        [{MARKUP: 1.5, "val": {MARKUP: 2}}, {MARKUP: 2.5}],
        {"said": MARKUP, MARKUP: MARKUP},
        project="odd",
        id="fields",
        name=MARKUP,
        group=MARKUP,
        job_type=MARKUP,
        notes=f"{MARKUP}\n\n{MARKUP}",
        tags=[MARKUP, "a,b", '"', "", " x", "two\nlines"],
        metadata={"job": {MARKUP: MARKUP}, MARKUP: [MARKUP]},
    )
    record(
        {"lr": 1},
        entity='"><b onclick=x>',
        project="<img src=x onerror=alert(1)>",
        id="'\"<i>&amp; a,b",
        name="\ud800 \0 \x1b[31m",
        notes="\r\n\ud800",
    )
    try:
        with unifig.init({"lr": 2}, project="odd", id="failed"):
            raise ValueError(MARKUP)
    except ValueError:
        pass


def bare():
    """Projects in which there is little to draw."""
    record({"lr": 1}, project="alone", id="one")
    for number in range(3):
        record({"lr": number, "opt": "ab"[number % 2]}, project="unmeasured", id=f"u{number}")
        record(
            {"lr": number, "bad": math.nan},
            [{"loss": math.nan}] * 3,
            project="nan",
            id=f"n{number}",
        )
        record({"lr": number}, summary={"said": "abc"[number]}, project="texts", id=f"t{number}")
        record(
            {"lr": number},
            [{"loss": value} for value in (math.inf, -math.inf, 2**70, 10**400, -1, 0)],
            project="endless",
            id=f"e{number}",
        )


def trained(folder):
    """A run of a program, ``me/demo/trained``, with a command line, and origins of all kinds."""
    program = folder / "train.py"
    program.write_text(dedent(TRAIN), encoding="utf-8")
    words = ["--lr", "0.5", "--note", "it's <b>", "--api-key", CANARY, "--db", f"x://u:{CANARY}@h"]
    done = subprocess.run(
        [sys.executable, program.name, *words],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") > 2, done.stderr


ALL = (grid, kinds, odd, bare)
"""All that is recorded in the process itself."""


@contextmanager
def shown(folder, *words):
    """Who looks at the pages over the runs of a folder, once all are read.

    ``told`` are the lines that the server writes on standard error by then.
    """
    with serving(folder, *words) as served:
        visitor = Visitor(served)
        visitor.told = []
        # Nobody waits for a pipe that is full.
        listening = threading.Thread(target=_listen, args=[served.process.stderr, visitor.told])
        listening.start()
        until(lambda: served.ask("/count").status != 503)
        yield visitor
    listening.join()


def _listen(stream, told):
    with suppress(ValueError):  # it is closed with the process
        for line in stream:
            told.append(line)
