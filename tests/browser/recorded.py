"""Runs for the pages to show, recorded by programs as people write them."""

SWEEP = r"""
import argparse, math, random
import unifig

for number in range(30):
    drawn = random.Random(number)
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--optimizer", default="adam")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--api-key", default="sk-abcdef1234567890abcd")
    lr = float(f"{10 ** drawn.uniform(-4, -1):.5g}")
    optimizer = drawn.choice(["adam", "sgd", "lion"])
    words = [f"--lr={lr}", f"--optimizer={optimizer}", f"--seed={number % 3}"]
    run = unifig.init(
        name=f"resnet-{number:02}",
        tags=["sweep", "night"] if number % 4 else ["base"],
        notes="the first attempt" if number == 3 else None,
        group=f"g{number % 2}",
    )
    args = parser.parse_args(words)
    unifig.config.update(unifig.using(args, parser=parser, argv=words))
    layers = [{"units": 64}, {"units": 128 << number % 2}]
    prompt = "You are a helpful assistant.\n" * 8
    model = {"name": "resnet50", "layers": layers, "norm": None}
    unifig.config.update({"model": model, "betas": [0.9, 0.999], "prompt": prompt})
    if number % 5 == 0:
        unifig.config.update({"warmup": number * 100})
    best = 0.9 - 0.06 * abs(math.log10(lr) + 2.5)
    for step in range(40):
        loss = 2.5 * math.exp(-step / 10) + 0.1 * drawn.random() + 1 - best
        unifig.log({"train/loss": loss, "val/acc": best * (1 - math.exp(-step / 8))})
    try:
        with run:
            if number == 7:
                raise ValueError("the loss is NaN")
    except ValueError:
        pass

for name in ("keys", "keys2", "plain", "clashing", "clashing2"):
    run = unifig.init(project="edits", name=name, tags=["one", "two"], notes="as it was")
    unifig.config.update({"lr": 0.1, "model": {"layers": [{"units": 64}]}})
    run.finish()
"""
"""Thirty runs of a sweep in ``me/demo``, of which one failed, and in ``me/edits`` some to edit."""

LIVE = r"""
import time
from pathlib import Path
import unifig

unifig.init(name="live")
unifig.config.update({"lr": 0.1})
for step in range(1000):
    unifig.log({"loss": 1 / (step + 1), "epoch": step})
    if step == 2:
        print("logs", flush=True)
    time.sleep(0.2)
    if Path("stop").exists():
        break
"""
"""A run that goes on until somebody writes a file."""

MARKUP = (
    '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>',
    "<svg onload=window.pwned=1><pwned-x>'-alert(1)-'</pwned-x>",
    '</script></style></textarea></title><pwned-x onclick="window.pwned=1">',
    '<a href="javascript:window.pwned=1">link</a><br><b>bold</b>',
    "{{ 7 * 7 }}{% raw %}${window.pwned=1}%3Cpwned-x%3E&lt;pwned-x&gt;",
    "javascript:window.pwned=1",
)
"""Texts that do something wherever they are taken for markup, a script or an address."""

HOSTILE = rf"""
import argparse
import unifig

MARKUP = {MARKUP!r}
for number, text in enumerate(MARKUP):
    other = MARKUP[number - 1]
    parser = argparse.ArgumentParser()
    parser.add_argument("--flag", default="", help=text)
    run = unifig.init(
        name=text,
        tags=[text, other],
        notes=text,
        group=text,
        job_type=text,
        metadata={{text: text}},
    )
    words = ["--flag=" + text]
    args = parser.parse_args(words)
    unifig.config.update(unifig.using(args, parser=parser, argv=words))
    more = dict.fromkeys(MARKUP, number)
    config = {{"text": text, "kind": text, "number": number, "same": MARKUP[0], "long": text * 9}}
    unifig.config.update({{**config, "keys": more, text: {{text: [text]}}}})
    for step in range(3):
        unifig.log({{"loss": number + step, MARKUP[0]: number * step, MARKUP[2]: step}})
    unifig.log({{"words": text}})
    try:
        with run:
            raise ValueError(text)
    except ValueError:
        pass
"""
"""Runs of which every part that a program chooses is one of those texts."""
