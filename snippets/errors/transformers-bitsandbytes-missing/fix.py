# --8<-- [start:fix]
import sys
from importlib.metadata import PackageNotFoundError, version


def installed(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return f"no: {sys.executable} -m pip install {package}"


print(installed("bitsandbytes"), installed("accelerate"))
# --8<-- [end:fix]
# --8<-- [start:check]
assert installed("accelerate")[0].isdigit()
# --8<-- [end:check]
