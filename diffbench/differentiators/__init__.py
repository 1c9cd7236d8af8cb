"""The methods, a file each: a method says what it is (`kind`, `about`) and how it looks (`look`), and
registers itself when this package is imported. Every module is imported here, none is listed.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
