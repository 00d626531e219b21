"""Import the Neo4j driver without pandas and PyArrow.

If they are installed, the driver imports them in order to accept and return tables, which this program never requests.
Their import takes longer than that of the driver.
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
