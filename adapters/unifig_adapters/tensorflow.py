"""TensorFlow 1's flags: ``tf.compat.v1.flags.FLAGS``, or that module, which is ``app.flags`` too.

They are absl's flags behind a wrapper, and absl's adapter converts them. Before TensorFlow 1.5
they were a class of its own, around argparse.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from unifig import Context, UnsupportedError, Value, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unifig import Part, RebuildContext, Rebuilt

types = (
    "tensorflow.python.platform.flags:_FlagValuesWrapper",
    "tensorflow.python.platform.flags:_FlagValues",  # before 1.5
)
objects = ("tensorflow.python.platform.flags",)
options = ("all",)
rebuild_options = ("flagfile",)


@hookimpl
def update(obj: Any, context: Context) -> Mapping[Any, Any] | Value | None:
    """What absl's adapter answers for the flags in the wrapper.

    The wrapper parses ``sys.argv`` as soon as a flag is read through it, so it is reached around.
    Raises UnsupportedError for flags from before TensorFlow 1.5 that are not parsed yet: they have
    no values.
    """
    flags = vars(obj.FLAGS if isinstance(obj, ModuleType) else obj)
    if "__wrapped" in flags:
        return context.delegate(flags["__wrapped"])
    if not flags["__parsed"]:
        raise UnsupportedError(
            "the TensorFlow flags have no values before they are parsed: call tf.app.run(main), or "
            "read one of them, first"
        )
    return dict(flags["__flags"])


@hookimpl
def rebuild(part: Part, context: RebuildContext) -> Rebuilt | None:
    """What absl's adapter makes of the flags."""
    return context.delegate("absl.flags", part)
