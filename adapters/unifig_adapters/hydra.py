"""Hydra: the config that a job gets, or that ``compose`` gives, without Hydra's own ``hydra`` node.

It is an OmegaConf config, and its adapter converts it; this one knows which configs are Hydra's,
and which override or which line of which config file set a value.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from typing import TYPE_CHECKING, Any

from unifig import Context, Value, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from omegaconf import DictConfig

    from unifig import Part, Rebuilt

types = ("omegaconf:DictConfig",)


@hookimpl(tryfirst=True)
def update(obj: DictConfig, context: Context) -> Mapping[Any, Any] | Value | None:
    """The values of a config that Hydra composed; None for a part of one, and for any other.

    Their origins are those of the running job's config, or of the config itself where it has
    Hydra's own node.
    """
    if "hydra" not in sys.modules:
        return None  # whoever lists the adapters loads this one, too
    if _has_hydra_node(obj):
        return _with_origins(_without_hydra_node(obj), obj, context)
    composed = _composed_for_job()
    if composed is None or not _is_the_jobs(obj, composed):
        return None
    return _with_origins(obj, composed, context)


@hookimpl
def rebuild(part: Part) -> Rebuilt:
    """The options and overrides that Hydra composes the values for; changed ones among them."""
    from ._hydra_rebuild import rebuilt

    return rebuilt(part)


@hookimpl
def job() -> str | None:
    """A text that stands for the Hydra job that runs in this process now; None where none does.

    No two jobs of a process have the same one, be they of a multirun or of several calls of
    ``@hydra.main``, and whatever folders they write to.
    """
    from omegaconf import OmegaConf

    composed = _composed_for_job() if "hydra" in sys.modules else None
    if composed is None or OmegaConf.is_missing(composed.hydra.runtime, "output_dir"):
        return None
    return f"{composed.hydra.runtime.output_dir}#{_numbers.of(composed)}"


@hookimpl
def started_in() -> str | None:
    """The folder that the Hydra application was started in; None where no job runs."""
    composed = _composed_for_job() if "hydra" in sys.modules else None
    return None if composed is None else composed.hydra.runtime.cwd


class _Kept:
    """What was made of an object, kept as long as the object lives; a config has no hash."""

    def __init__(self, make: Callable[[DictConfig], Any]) -> None:
        self._make = make
        self._made: dict[int, tuple[weakref.ref[DictConfig], Any]] = {}

    def of(self, obj: DictConfig) -> Any:
        known = self._made.get(id(obj))
        if known is None or known[0]() is not obj:
            key = id(obj)
            known = weakref.ref(obj, lambda _: self._made.pop(key, None)), self._make(obj)
            self._made[key] = known
        return known[1]


def _settings_of(composed: DictConfig) -> Any:
    from ._hydra_sources import settings_of_config

    return settings_of_config(composed, is_job=composed is _composed_for_job())


_settings = _Kept(_settings_of)
_count = itertools.count(1)
_numbers = _Kept(lambda _: next(_count))


def _with_origins(
    cfg: DictConfig, composed: DictConfig, context: Context
) -> Mapping[Any, Any] | Value | None:
    """What OmegaConf's adapter answers for a config, with the origins that are known."""
    from omegaconf import OmegaConf

    from ._hydra_line import tell_rest
    from ._hydra_settings import annotated

    answer = context.delegate(cfg)
    if not isinstance(answer, dict):
        return answer
    settings, line, groups = _settings.of(composed)
    values: dict[Any, Any] = annotated(answer, OmegaConf.to_container(cfg), settings)
    tell_rest(values, line, groups, len(context.path))
    return values


def _has_hydra_node(cfg: DictConfig) -> bool:
    """Whether Hydra's own node is there, and not just a key of the same name."""
    from hydra.conf import HydraConf
    from omegaconf import OmegaConf

    if "hydra" not in cfg.keys():  # noqa: SIM118 - ``in cfg`` would resolve the value
        return False
    kind = OmegaConf.get_type(cfg, "hydra")
    return kind is not None and issubclass(kind, HydraConf)


def _without_hydra_node(cfg: DictConfig) -> DictConfig:
    """A copy whose interpolations are resolved against the whole, and so still find the node."""
    from omegaconf import DictConfig, open_dict, read_write

    copy = DictConfig(cfg, parent=cfg)
    with read_write(copy), open_dict(copy):
        del copy["hydra"]
    return copy


def _composed_for_job() -> DictConfig | None:
    """The config that Hydra composed for the running job, with its own node; None without a job.

    The program has a copy of it: this one stays as it was composed.
    """
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf

    if not HydraConfig.initialized():
        return None
    node: Any = HydraConfig.get()  # which stands in the composed config
    composed: DictConfig = OmegaConf.select(node, "..")
    return composed


def _is_the_jobs(cfg: DictConfig, composed: DictConfig) -> bool:
    """Whether a config is the one that the running job was given, or a copy of it.

    That is a config at the top which Hydra made strict and which has all keys of the composed one.
    """
    from omegaconf import OmegaConf

    if OmegaConf.is_struct(cfg) is None or not _is_top(cfg):
        return False
    keys = set(composed.keys()) - {"hydra"}
    return bool(keys) and keys <= set(cfg.keys())


def _is_top(cfg: DictConfig) -> bool:
    from omegaconf import OmegaConf
    from omegaconf.errors import ConfigKeyError

    try:
        return OmegaConf.select(cfg, "..") is None
    except ConfigKeyError:  # what OmegaConf 2.3 raises at the top; 2.4 answers None
        return True
