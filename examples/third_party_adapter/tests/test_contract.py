"""The contract that every adapter keeps, and what this one knows besides."""

from sampleframework import Settings

import unifig
from unifig.testing import AdapterContract


def settings():
    """A training program's settings; the learning rate was chosen."""
    made = Settings()
    made.section("optimizer").declare("name", "adam")
    made.section("optimizer").declare("lr", 0.1, "the learning rate").choose(0.003)
    made.section("data").declare("path", None)
    made.section("data").declare("pass", "", is_secret=True).choose("sesame")
    return made


class TestSampleframework(AdapterContract):
    """The contract, for sampleframework."""

    adapter = "sampleframework"

    def examples(self):
        """Settings with sections, with an empty one, and with none."""
        yield (
            settings(),
            {
                "optimizer.name": "adam",
                "optimizer.lr": 0.003,
                "data.path": None,
                "data.pass": "***",
            },
        )
        empty = Settings()
        empty.section("optimizer")
        yield empty, {"optimizer": {}}
        yield Settings(), {}

    def origins(self):
        """What nobody chose is a default; what somebody chose knows what it would have been."""
        chosen = {"kind": "code", "default": 0.1, "help": "the learning rate"}
        secret = {"kind": "code", "note": "sampleframework says that it is secret"}
        yield (
            settings(),
            {"optimizer.name": {"kind": "default"}, "optimizer.lr": chosen, "data.pass": secret},
        )


def test_the_program_reads_a_secret_that_no_record_has():
    """Masked in what is recorded, real in the program."""
    config = unifig.Config(settings())
    assert config["data"]["pass"] == "sesame"
    assert "sesame" not in str(config)
