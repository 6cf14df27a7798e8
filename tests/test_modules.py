import importlib
import pkgutil

import pytest

import vberatung

MODULES = [module.name for module in pkgutil.walk_packages(vberatung.__path__, prefix="vberatung.")]


def test_there_are_modules() -> None:
    assert len(MODULES) > 60


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported_and_says_what_it_is_for(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, name
