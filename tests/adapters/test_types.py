"""types.SimpleNamespace, as it is and around other objects."""

from types import SimpleNamespace

from unifig import to_flat
from unifig.testing import AdapterContract


class TestTypes(AdapterContract):
    """The contract, for SimpleNamespace."""

    adapter = "types"

    def examples(self):
        yield SimpleNamespace(), {}
        yield (
            SimpleNamespace(lr=0.1, name="adam", update=1),
            {"lr": 0.1, "name": "adam", "update": 1},
        )
        yield SimpleNamespace(a=SimpleNamespace(b=[1, 2])), {"a.b": [1, 2]}


def test_nobody_knows_who_chose_an_attribute():
    """A namespace declares nothing, so each value is unknown and has no default."""
    origin = to_flat(SimpleNamespace(lr=0.1)).origins["lr"]
    assert origin[:4] == ("unknown", 1, "types", None)
    assert origin.replaced == ()
