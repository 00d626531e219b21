"""Import the Neo4j driver without importing pandas and PyArrow.

If the two packages are installed, the driver imports them to support tables as values. This program never uses such
tables, and the two imports take longer than the import of the driver.
"""

import sys
from types import ModuleType
from typing import Final, cast

_UNUSED: Final = [name for name in ("pandas", "pyarrow") if name not in sys.modules]

_modules: Final = cast("dict[str, ModuleType | None]", sys.modules)
_modules.update(dict.fromkeys(_UNUSED))  # None prevents an import
try:
    import neo4j as neo4j
finally:
    for _name in _UNUSED:
        del _modules[_name]
