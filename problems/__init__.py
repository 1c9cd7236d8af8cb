"""The functions that methods are measured on, a theme a module; importing this package registers
all of them.

Adding a problem is writing one function under `@problem` in any module of this folder: every module
is imported here, none is listed.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
