"""The detectors there are: one file of this package each, loaded strictly so that a broken one cannot silently vanish."""

import importlib
import pkgutil
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path

from risk.detectors.base import Detector

NOT_DETECTORS = {"base", "registry"}


class BrokenDetector(RuntimeError):
    """A detector file that cannot be used; the program does not start with it."""


@cache
def detectors() -> dict[str, Detector]:
    """Detector by code, from every file of the package but base and registry. Raises BrokenDetector naming the file."""
    folder = Path(__file__).parent
    names = [module.name for module in pkgutil.iter_modules([str(folder)]) if not module.ispkg and module.name not in NOT_DETECTORS]
    return {name: load(f"{__package__}.{name}") for name in sorted(names)}


def load(module_name: str) -> Detector:
    """The one detector of a module, whose code is the module's name."""
    name = module_name.rpartition(".")[2]
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever a broken file raises, the boot stops with the file's name
        raise BrokenDetector(f"risk/detectors/{name}.py cannot be loaded: {type(error).__name__}: {error}") from error
    own = [
        kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Detector) and kind.__module__ == module_name
    ]
    if len(own) != 1:
        raise BrokenDetector(f"risk/detectors/{name}.py must define exactly one Detector, it defines {len(own)}")
    kind = own[0]
    if getattr(kind, "code", None) != name:
        raise BrokenDetector(f"risk/detectors/{name}.py: code is {getattr(kind, 'code', None)!r}, must be {name!r}")
    if not is_dataclass(getattr(kind, "Params", None)):
        raise BrokenDetector(f"risk/detectors/{name}.py: {kind.__name__}.Params must be a dataclass")
    for method in ("needs", "find"):
        if getattr(kind, method) is getattr(Detector, method):
            raise BrokenDetector(f"risk/detectors/{name}.py: {kind.__name__} does not say {method}")
    return kind()
