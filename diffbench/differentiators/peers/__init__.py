"""Other packages as methods: one small file each, found by being here; a package is imported when
first asked for, absent without harm.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
