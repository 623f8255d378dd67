"""The lazy packages, on a small generated SDK that tests may write, and on the real ones in interpreters of their own."""

import importlib
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from components.lazy_sdk import LazyPackageFinder, install
from tests.harness import ROOT

HEADER = "# *** Do not edit by hand. ***\n\nimport builtins as _builtins\nfrom .. import _utilities\nimport typing\n"
STARS = ("_enums", "get_vpc", "Pod", "subnet", "vpc", "_inputs")
INIT = HEADER + "".join(f"from .{name} import *\n" for name in STARS) + "from . import outputs\n"
MODULES = {
    "_enums": "__all__ = ['Tenancy']\nclass Tenancy: ...\n",
    "get_vpc": "__all__ = ['GetVpcResult', 'AwaitableGetVpcResult', 'get_vpc', 'get_vpc_output']\n"
    "class GetVpcResult: ...\nclass AwaitableGetVpcResult: ...\ndef get_vpc(): ...\ndef get_vpc_output(): ...\n",
    "Pod": "__all__ = ['PodInitArgs', 'Pod']\nclass PodInitArgs: ...\nclass Pod: ...\n",
    # Defines a name that is not like its own, and one that `_inputs` defines again.
    "subnet": "from ._inputs import *\n__all__ = ['Subnet', 'SubnetArgs', 'Odd']\n"
    "class Subnet: ...\nclass SubnetArgs: ...\nclass Odd: ...\n",
    "vpc": "from . import outputs\n__all__ = ['Vpc', 'VpcArgs']\nclass Vpc: ...\nclass VpcArgs: ...\n",
    "_inputs": "__all__ = ['SubnetArgs', 'RuleArgs', 'RuleArgsDict']\n"
    "class SubnetArgs: ...\nclass RuleArgs: ...\nclass RuleArgsDict: ...\n",
    "outputs": "__all__ = ['Rule']\nclass Rule: ...\n",
}


class Sdk:
    """An SDK ``toy_sdk`` with one package, ``toy_sdk.ec2``."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "toy_sdk" / "ec2"
        self.package.mkdir(parents=True)
        (folder / "toy_sdk" / "__init__.py").touch()
        (folder / "toy_sdk" / "_utilities.py").touch()
        self.write("__init__", INIT)
        for name, text in MODULES.items():
            self.write(name, text)

    def write(self, module: str, text: str) -> None:
        (self.package / f"{module}.py").write_text(text)

    @property
    def ec2(self) -> ModuleType:
        return importlib.import_module("toy_sdk.ec2")

    @property
    def loaded(self) -> set[str]:
        return {name.removeprefix("toy_sdk.ec2.") for name in sys.modules if name.startswith("toy_sdk.ec2.")}


@pytest.fixture
def sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [LazyPackageFinder(["toy_sdk"]), *sys.meta_path])
    yield Sdk(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy_sdk"]:
        del sys.modules[name]


def execute(statement: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(statement, names)  # noqa: S102 an import statement, which no function can replace
    return names


@pytest.mark.parametrize(
    ("name", "module", "loaded"),
    [
        ("Vpc", "vpc", {"vpc", "outputs"}),
        ("PodInitArgs", "Pod", {"_inputs", "Pod"}),
        ("RuleArgs", "_inputs", {"_inputs"}),
        ("RuleArgsDict", "_inputs", {"_inputs"}),
        ("get_vpc", "get_vpc", {"get_vpc"}),
        ("get_vpc_output", "get_vpc", {"get_vpc"}),
        ("GetVpcResult", "get_vpc", {"get_vpc"}),
        ("AwaitableGetVpcResult", "get_vpc", {"get_vpc"}),
        ("Tenancy", "_enums", {"_enums"}),
    ],
)
def test_a_name_imports_the_module_that_defines_it(sdk: Sdk, name: str, module: str, loaded: set[str]) -> None:
    assert sdk.loaded == set()
    value = getattr(sdk.ec2, name)
    assert value is getattr(sys.modules[f"toy_sdk.ec2.{module}"], name)
    assert value is getattr(sdk.ec2, name)
    assert sdk.loaded == loaded


def test_outputs_are_the_module(sdk: Sdk) -> None:
    assert sdk.ec2.outputs is importlib.import_module("toy_sdk.ec2.outputs")
    assert sdk.loaded == {"outputs"}


def test_from_imports_find_names_and_modules(sdk: Sdk) -> None:
    names = execute("from toy_sdk.ec2 import Vpc, vpc, _inputs")
    assert names["Vpc"] is sys.modules["toy_sdk.ec2.vpc"].Vpc
    assert names["vpc"] is sys.modules["toy_sdk.ec2.vpc"]
    assert sdk.loaded == {"vpc", "outputs", "_inputs"}


def test_of_two_definitions_the_later_star_import_holds(sdk: Sdk) -> None:
    assert sdk.ec2.Subnet.__name__ == "Subnet"
    assert sdk.ec2.SubnetArgs is sys.modules["toy_sdk.ec2._inputs"].SubnetArgs


@pytest.mark.parametrize("first", ["PodInitArgs", "Pod"])
def test_a_class_hides_the_module_of_its_name(sdk: Sdk, first: str) -> None:
    getattr(sdk.ec2, first)
    assert isinstance(sdk.ec2.Pod, type)


def test_a_class_hides_a_module_that_was_imported_by_its_path(sdk: Sdk) -> None:
    module = importlib.import_module("toy_sdk.ec2.Pod")
    assert sdk.ec2.Pod is module.Pod


def test_a_name_that_is_not_like_its_module_s_imports_everything(sdk: Sdk) -> None:
    assert sdk.ec2.Odd is sys.modules["toy_sdk.ec2.subnet"].Odd
    assert sdk.loaded == {*STARS, "outputs"}
    assert type(sdk.ec2) is ModuleType


def test_the_full_import_leaves_the_objects_that_were_used_before(sdk: Sdk) -> None:
    before = {name: getattr(sdk.ec2, name) for name in ("Vpc", "SubnetArgs", "Pod")}
    assert sdk.ec2.Odd
    assert {name: getattr(sdk.ec2, name) for name in before} == before


def test_an_unknown_name_is_refused_as_by_any_module(sdk: Sdk) -> None:
    with pytest.raises(AttributeError, match=r"module 'toy_sdk\.ec2' has no attribute 'Nothing'"):
        _ = sdk.ec2.Nothing
    with pytest.raises(ImportError, match=r"cannot import name 'Nothing' from 'toy_sdk\.ec2'"):
        execute("from toy_sdk.ec2 import Nothing")


def test_names_that_tools_look_for_import_nothing(sdk: Sdk) -> None:
    assert not hasattr(sdk.ec2, "__wrapped__")
    assert sdk.ec2.__file__ == str(sdk.package / "__init__.py")
    assert sdk.loaded == set()


def test_star_import_and_dir_see_all_names(sdk: Sdk) -> None:
    assert {"Vpc", "Odd", "RuleArgs", "outputs"} <= set(dir(sdk.ec2))
    names = execute("from toy_sdk.ec2 import *")
    assert {"Vpc", "Odd", "RuleArgs", "outputs"} <= set(names)


def test_star_import_of_an_unused_package_has_all_names(sdk: Sdk) -> None:
    names = execute("from toy_sdk.ec2 import *")
    assert {"Vpc", "Odd", "Pod", "outputs"} <= set(names)


@pytest.mark.parametrize(
    "line", ["from .extra import *; ANSWER = 42", "_utilities.register()", "if True:\n    from .vpc import Vpc as V"]
)
def test_a_package_with_another_statement_is_imported_as_it_is_written(sdk: Sdk, line: str) -> None:
    sdk.write("extra", "__all__ = ['Extra']\nclass Extra: ...\n")
    (sdk.package.parent / "_utilities.py").write_text("registered = []\ndef register(): registered.append(1)\n")
    sdk.write("__init__", INIT + line + "\n")
    assert type(sdk.ec2) is ModuleType
    assert sdk.loaded >= {*STARS, "outputs"}


def test_modules_without_all_are_found_by_the_full_import(sdk: Sdk) -> None:
    sdk.write("vpc", "class Vpc: ...\n")
    assert sdk.ec2.Vpc is sys.modules["toy_sdk.ec2.vpc"].Vpc


def test_an_error_in_a_module_is_raised_each_time(sdk: Sdk) -> None:
    sdk.write("vpc", "raise RuntimeError('broken')\n")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken"):
            _ = sdk.ec2.Vpc
    with pytest.raises(RuntimeError, match="broken"):  # the full import meets it too
        _ = sdk.ec2.Nothing
    assert sdk.ec2.Pod


def test_modules_that_need_their_package_find_it_while_it_imports_everything(sdk: Sdk) -> None:
    sdk.write("subnet", "import toy_sdk.ec2\nVpc = toy_sdk.ec2.Vpc\n__all__ = ['Odd']\nclass Odd(Vpc): ...\n")
    assert issubclass(sdk.ec2.Odd, sdk.ec2.Vpc)


def test_a_circle_of_unknown_names_ends_with_an_error(sdk: Sdk) -> None:
    sdk.write("subnet", "import toy_sdk.ec2\n__all__ = ['Odd']\nOdd = toy_sdk.ec2.Nothing\n")
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = sdk.ec2.Odd


def test_threads_get_the_same_objects(sdk: Sdk) -> None:
    start = threading.Barrier(8)
    found: list[object] = []

    def use(name: str) -> None:
        start.wait()
        found.append(getattr(sdk.ec2, name))

    threads = [threading.Thread(target=use, args=(name,)) for name in ("Vpc", "Odd") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(id, found)) == sorted(map(id, [sdk.ec2.Vpc, sdk.ec2.Odd] * 4))


def test_modules_and_other_packages_are_left_to_other_finders(sdk: Sdk) -> None:
    finder = LazyPackageFinder(["toy_sdk"])
    assert finder.find_spec("toy_sdk", None) is None
    assert finder.find_spec("json.decoder", json.__path__) is None
    assert finder.find_spec("toy_sdk.ec2.vpc", [str(sdk.package)]) is None
    assert finder.find_spec("toy_sdk.nothing", [str(sdk.package.parent)]) is None


def test_it_is_installed_once() -> None:
    install()
    install()
    assert sum(isinstance(finder, LazyPackageFinder) for finder in sys.meta_path) == 1


# Of every package: what the names are by the lazy import, then by the star imports in their order.
_COMPARE = """
import importlib, json, sys
from components.lazy_sdk import _LazyPackage
compared, different = 0, []
for name in json.loads(sys.argv[1]):
    package = importlib.import_module(name)
    hasattr(package, "__wrapped__")  # the SDK's own lazy import ends with the first look at the package
    if type(package) is not _LazyPackage:
        different.append(name)
        continue
    modules = [importlib.import_module(f"{name}.{star}") for star in package.__loader__._star_imports]
    expected = {key: getattr(module, key) for module in modules for key in getattr(module, "__all__", ())}
    different += [f"{name}.{key}" for key, value in expected.items() if getattr(package, key) is not value]
    if type(package) is not _LazyPackage:
        different.append(f"{name}: a name needed the full import")
    assert dir(package)  # everything is imported as it is written
    different += [f"{name}.{key} in full" for key, value in expected.items() if getattr(package, key) is not value]
    compared += len(expected)
print(json.dumps([compared, different]))
"""
USED = [f"pulumi_aws.{name}" for name in ("autoscaling", "cloudwatch", "ec2", "eks", "iam", "kms", "s3", "vpc")] + [
    f"pulumi_kubernetes.{name}.v1" for name in ("apps", "batch", "core", "meta", "networking", "storage")
]


@pytest.mark.thorough
def test_every_name_of_the_real_packages_is_the_same_object() -> None:
    compared, different = json.loads(run(_COMPARE, json.dumps(USED)))
    assert different == []
    assert compared > 3000


_REHYDRATE = """
import json, sys, warnings
import components.lazy_sdk
import pulumi
from pulumi.runtime import rpc
import pulumi_aws, pulumi_kubernetes
found = []
for token in json.loads(sys.argv[1]):
    package, module, _ = token.split(":")
    registered = rpc._RESOURCE_MODULES[f"{package}:{module}"][0]
    classes = registered.mod_info["classes"]
    found.append(getattr(sys.modules[registered.mod_info["fqn"]], classes[token]).__module__)
print(json.dumps(found))
"""


@pytest.mark.thorough
def test_resources_of_remote_components_are_still_read_back() -> None:
    tokens = ["aws:ec2/natGateway:NatGateway", "aws:iam/role:Role", "kubernetes:core/v1:Pod"]
    found = json.loads(run(_REHYDRATE, json.dumps(tokens)))
    assert found == ["pulumi_aws.ec2.nat_gateway", "pulumi_aws.iam.role", "pulumi_kubernetes.core.v1.Pod"]


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
