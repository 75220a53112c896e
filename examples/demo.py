"""Runs the example programs, and shows what unifig recorded of each as a table.

At the end it records some runs in an embedded store, compares them, and runs one of them again.

python examples/demo.py                      all programs of the demo, and the runs
python examples/demo.py tf1_train.py         this one
"""

import contextlib
import io
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import unifig

HERE = Path(__file__).parent

PROGRAMS = {
    "argparse_train.py": [
        "--lr",
        "0.01",
        "--data",
        "data/cifar10",
        "adam",
        "--betas",
        "0.9",
        "0.98",
    ],
    "absl_train.py": ["--lr=0.01"],
    "hydra_train.py": ["optimizer=sgd", "optimizer.lr=0.05", "hydra.job.chdir=false"],
    "dataclass_train.py": [],
    "files_train.py": [],
}
"""The programs of the demo, and what they are started with."""

RUNS = [
    ["--lr", "0.1", "--seed", "1"],
    ["--lr", "0.3", "--seed", "1"],
    ["--lr", "0.3", "--seed", "2", "--optimizer", "adam"],
    ["--lr", "0.01", "--seed", "2"],
]
"""What the program whose runs are compared is started with."""

COMMANDS = [
    ["runs", "--sort", "-max.acc"],
    ["runs", "--group", "config.lr"],
    ["explain", "latest", "lr"],
    ["rerun", "latest", "--set", "lr=0.05"],
    ["rerun", "latest", "--set", "lr=0.05", "--exec"],
]
"""What is asked of the runs."""

MORE = {"tf1_train.py": ["--lr=0.01"], "omegaconf_train.py": ["optimizer.lr=0.05"]}


def main() -> None:
    """Runs each program in a process of its own, as a user would."""
    chosen = {name: (PROGRAMS | MORE)[name] for name in sys.argv[1:]} or PROGRAMS
    for name, arguments in chosen.items():
        with (
            tempfile.TemporaryDirectory() as folder
        ):  # Hydra writes its outputs where it is started
            command = [sys.executable, __file__, "--show", str(HERE / name), *arguments]
            done = subprocess.run(command, cwd=folder, check=False)
        if done.returncode:
            sys.exit(f"{name} failed, with exit code {done.returncode}")
    if not sys.argv[1:]:
        record_runs()


def record_runs() -> None:
    """Runs a program several times in a folder of its own, then asks for the runs."""
    unifig_command = str(Path(sys.executable).with_name("unifig"))
    with tempfile.TemporaryDirectory() as folder:
        programs = [["runs_train.py", *arguments] for arguments in RUNS] + [["runs_compare.py"]]
        for name, *arguments in programs:
            words = [sys.executable, str(HERE / name), *arguments]
            run(f"python examples/{' '.join([name, *arguments])}", words, folder)
        for arguments in COMMANDS:
            run(f"unifig {' '.join(arguments)}", [unifig_command, *arguments], folder)


def run(title: str, command: list[str], folder: str) -> None:
    """Runs a command in a folder; ends the demo where it fails."""
    print(f"$ {title}", flush=True)
    done = subprocess.run(command, cwd=folder, check=False)
    if done.returncode:
        sys.exit(f"{title} failed, with exit code {done.returncode}")


def show(program: Path, arguments: list[str]) -> None:
    """Runs a program in this process, and prints what the config of the process then holds."""
    sys.argv = [str(program), *arguments]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        runpy.run_path(str(program), run_name="__main__")
    print_table(f"python examples/{program.name} {' '.join(arguments)}", unifig.config.flat())


def print_table(title: str, flat: unifig.Flat) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("flat key", style="cyan", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("type", style="magenta", overflow="fold")
    table.add_column("origin", style="dim", overflow="fold")
    for key, value in flat.items():
        origin = flat.origins[key]
        kind = flat.types.get(key) or type(value).__name__
        table.add_row(Text(key), Text(repr(value)), Text(kind), Text(told(origin)))
    console = Console()
    console.print(Text(f"$ {title}", style="bold"), soft_wrap=True)
    console.print(table)


def told(origin: unifig.Origin) -> str:
    """An origin in a few words: the adapter, who chose the value, its name, file or text there."""
    kind = "" if origin.kind == "unknown" else origin.kind
    name = origin.name or origin.raw or (Path(origin.place).name if origin.place else "")
    return " ".join(filter(None, [origin.adapter, kind, name]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--show"]:
        show(Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
