"""Each finding of `fourbit doctor` is raised by a machine that has it, and by no clean one."""

import re
import tomllib
from dataclasses import replace

import machines
import pytest

from fourbit import doctor
from fourbit.doctor import gpus, packages, storage
from fourbit.doctor.machine import Python, Space

GB = 10**9


@pytest.fixture
def made(tmp_path):
    return machines.Made(tmp_path)


def found(machine) -> dict:
    return {one.slug: one for one in doctor.examine(machine)[1]}


def facts(machine) -> dict:
    return {one.name: one.found for one in doctor.examine(machine)[0]}


def test_clean_machines_have_nothing_to_mend(made):
    assert found(made.machine) == {}
    told = facts(made.machine)
    assert told["CPU"] == "Test CPU (x86_64): AVX2, F16C, FMA, AVX-512"
    assert told["Memory"] == "32.0 GiB, 24.0 free; no swap"
    assert told["PyTorch"] == "2.13.0+cpu, built without CUDA"
    assert told["Hugging Face"] == "token stored, online"
    assert told["Wheels"].endswith("auto-gptq, gptqmodel, llama-cpp-python")
    card = made.with_card()
    assert found(card) == {}
    assert (
        facts(card)["GPU"] == "NVIDIA GeForce RTX 4090, 24 GiB (0.3 in use); driver 580.65.06, CUDA up to 13"
    )
    assert facts(card)["PyTorch"] == "2.13.0, built for CUDA 12.8"


def test_a_clean_mac(made):
    made.answers["sysctl"] = (0, "Apple M4 Max")
    (made.root / "proc/cpuinfo").unlink()
    mac = made.but(system="Darwin", arch="arm64")
    assert found(mac) == {} and facts(mac)["GPU"] == "Apple M4 Max"
    made.answers["sysctl"] = (0, "1")
    assert set(found(made.but(system="Darwin"))) == {"rosetta"}


OLD = "NVIDIA GeForce RTX 4090, 24564, 300, 550.54.14, 8.9\n"
FULL = "NVIDIA GeForce RTX 4090, 24564, 20000, 580.65.06, 8.9\n"
PASCAL = "NVIDIA GeForce GTX 1080, 8192, 0, 580.65.06, 6.1\n"
NEWER = "NVIDIA GeForce RTX 5090, 32607, 0, 580.65.06, 12.0\n"
NO_CUDA = '{"there": false, "archs": [], "error": "CUDA unknown error"}'
CARDS = {
    "torch-cpu": {"cuda": "None"},
    "driver-old": {"card": OLD, "cuda": "'13.0'"},
    "in-use": {"card": FULL},
    "torch-arch": {"card": PASCAL},
    "torch-cuda": {"answer": NO_CUDA},
    "torch-slow": {"answer": ""},
    "libcuda": {"loads": lambda name: False},
    "hidden": {"env": {"CUDA_VISIBLE_DEVICES": ""}},
}


@pytest.mark.parametrize("slug", CARDS)
def test_cards_and_pytorch(made, slug):
    assert set(found(made.with_card(**CARDS[slug]))) == {slug}


def test_a_driver_of_the_same_major_version_is_new_enough(made):
    assert found(made.with_card(card=OLD, cuda="'12.8'")) == {}


def test_code_that_is_compiled_when_loaded_runs_on_newer_cards(made):
    assert found(made.with_card(card=NEWER)) == {}
    assert set(
        found(made.with_card(card=NEWER, answer=machines.ANSWER.replace("compute_90", "sm_100a")))
    ) == {"torch-arch"}


def test_pytorch_is_asked_only_where_its_files_cannot_tell(made):
    made.run = None  # calling it would fail
    assert found(made.machine) == {}


def test_a_card_without_its_driver(made):
    made.write("sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n")
    made.write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n")
    assert found(made.machine)["driver"].fix.endswith("nvidia-smi")
    made.write(".dockerenv", "")
    assert "--gpus all" in found(made.machine)["driver"].fix
    made.answers["nvidia-smi"] = (9, "NVIDIA-SMI has failed because it could not reach the driver.\n")
    failing = made.but(which={"nvidia-smi": "/usr/bin/nvidia-smi"})
    assert found(failing)["driver"].what.startswith("NVIDIA-SMI has failed")


def test_rocm_and_a_pytorch_without_it(made):
    made.write("sys/bus/pci/devices/0000:03:00.0/class", "0x030000\n")
    made.write("sys/bus/pci/devices/0000:03:00.0/vendor", "0x1002\n")
    assert found(made.machine) == {}  # a processor with graphics, and no ROCm
    made.write("dev/kfd", "")
    made.write("opt/rocm/.info/version", "6.4")
    assert set(found(made.machine)) == {"torch-rocm"}
    made.write("site/torch/version.py", machines.TORCH.format(cuda=None, hip="'6.4.4'"))
    assert found(made.machine) == {} and facts(made.machine)["PyTorch"].endswith("built for ROCm 6.4.4")


def _write(path: str, text: str):
    return lambda made: made.write(path, text)


def _versions(**versions):
    return lambda made: made.versions.update(
        {name.replace("_", "-"): version for name, version in versions.items()}
    )


WRITTEN = {
    "avx2": _write("proc/cpuinfo", "model name : Old\nflags : sse4_2 avx\n"),
    "memory": _write("proc/meminfo", "MemTotal: 33554432 kB\nMemAvailable: 524288 kB\n"),
    "memory-limit": _write("sys/fs/cgroup/app/memory.max", f"{8 << 30}\n"),
    "threads": _write("sys/fs/cgroup/app/cpu.max", "200000 100000\n"),
    "wsl": _write("proc/version", "Linux version 6.6 (Microsoft@Microsoft.com)"),
    "disk-model-kind": _write("proc/mounts", "a / ext4\nb {root}/home vfat\n"),
    "torch-missing": lambda made: made.versions.pop("torch"),
    "conflict-autoawq-transformers": _versions(autoawq="0.2.9", transformers="4.57.6"),
    "conflict-auto-gptq-transformers": _versions(auto_gptq="0.7.1"),
    "conflict-gptqmodel-transformers": _versions(gptqmodel="5.6.0"),
    "conflict-auto-gptq-peft": _versions(auto_gptq="0.7.1", peft="0.21.2", transformers="4.43.4"),
    "conflict-pyarrow-numpy": _versions(pyarrow="26.0.1", numpy="1.26.4"),
    "conflict-torch-numpy": _versions(torch="2.2.2"),
    "conflict-tokenizers": _versions(tokenizers="0.19.1"),
    "conflict-transformers-bitsandbytes": _versions(transformers="4.51.3", bitsandbytes="0.50.2"),
    "wheel-libgguf": lambda made: made.versions.pop("libgguf"),
}


@pytest.mark.parametrize("slug", WRITTEN)
def test_what_is_written_on_the_machine(made, slug):
    WRITTEN[slug](made)
    mounts = made.root / "proc/mounts"
    mounts.write_text(mounts.read_text().replace("{root}", str(made.root)))
    machine = made.machine
    if slug == "wheel-libgguf":
        assert found(machine) == {}  # 3.12 has a wheel
        machine = replace(machine, python=replace(machine.python, version=(3, 14, 0)))
    assert set(found(machine)) == {slug}


def _space(**changes):
    """One that only the model cache sees."""
    changed = replace(Space(500 * GB, 200 * GB), **changes)
    return lambda folder: changed if "huggingface" in str(folder) else Space(500 * GB, 200 * GB)


CHANGED = {
    "bits": {"python": Python((3, 12, 4), "/venv/bin/python", "/venv", "/usr", bits=32)},
    "environment": {"python": Python((3, 12, 4), "/usr/bin/python", "/usr", "/usr")},
    "pip": {"which": {"pip": "/usr/bin/pip"}},
    "compiler": {"which": {"c++": None}},
    "disk-model": {"space": _space(free=3 * GB)},
    "disk-model-low": {"space": _space(free=12 * GB)},
    "disk-model-files": {"space": _space(files=0)},
    "disk-model-readonly": {"space": _space(writable=False)},
    "limit-files": {"limit": {"RLIMIT_NOFILE": 256}.get},
    "limit-size": {"limit": {"RLIMIT_FSIZE": GB}.get},
    "limit-address": {"limit": {"RLIMIT_AS": 4 * GB}.get},
    "threads": {"env": {"OMP_NUM_THREADS": "32"}},
    "offline": {"env": {"HF_HUB_OFFLINE": "1"}},
    "token": {"env": {"HF_HOME": "/elsewhere"}},
}


@pytest.mark.parametrize("slug", CHANGED)
def test_what_the_process_sees(made, slug):
    assert set(found(made.but(**CHANGED[slug]))) == {slug}


def test_temporary_files_need_room(made):
    small = made.but(
        env={"TMPDIR": "/small"},
        space=lambda folder: Space(10**9, 10**8 if str(folder) == "/small" else 200 * GB),
    )
    assert set(found(small)) == {"disk-temporary"}


def test_control_groups_of_version_1(made):
    made.write("proc/self/cgroup", "4:memory:/app\n3:cpu,cpuacct:/\n")
    made.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n")
    made.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert found(made.machine) == {}
    made.write("sys/fs/cgroup/memory/app/memory.limit_in_bytes", f"{4 << 30}\n")
    made.write("sys/fs/cgroup/memory/app/memory.usage_in_bytes", f"{(4 << 30) - 1000}\n")
    made.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n")
    made.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
    told = found(made.machine)
    assert set(told) == {"memory-limit", "memory", "threads"}
    assert told["threads"].fix == "export OMP_NUM_THREADS=2"
    assert found(made.but(env={"OMP_NUM_THREADS": "2"})).keys() == {"memory-limit", "memory"}


def test_what_packages_require_of_one_another(made):
    made.requires["transformers"] = (
        "tokenizers<0.23,>=0.22",
        "numpy>=1.17",
        "safetensors>=0.8",
        "absent; extra == 'all'",
        "absent; python_version < '3'",
    )
    told = found(made.machine)
    assert set(told) == {"requires-transformers-tokenizers", "requires-transformers-safetensors"}
    assert told["requires-transformers-tokenizers"].why == "installed is 0.23.3"
    assert told["requires-transformers-safetensors"].why == "it is not installed"


def test_conflicts_that_depend_on_the_machine(made):
    made.versions["gptqmodel"] = "7.6.0"
    assert found(made.machine) == {}
    small = made.but(cores=2)
    assert set(found(small)) == {"conflict-gptqmodel"}
    assert found(replace(small, env={"GPTQMODEL_CPU_WORKERS": "2"})) == {}
    made.versions = machines.PACKAGES | {"transformers": "4.51.3", "bitsandbytes": "0.50.2"}
    made.write("site/bitsandbytes/libbitsandbytes_cuda128.so", "")
    assert found(made.with_card()) == {}  # with a card, bitsandbytes is accepted


def test_packages_built_without_the_card(made):
    made.versions |= {"llama-cpp-python": "0.3.36", "bitsandbytes": "0.50.2"}
    assert found(made.machine) == {}
    assert set(found(made.with_card())) == {"llama-cpu", "bitsandbytes-cuda"}
    made.write("site/llama_cpp/lib/libggml-cuda.so", "")
    made.write("site/bitsandbytes/libbitsandbytes_cuda128.so", "")
    assert found(made.with_card()) == {}


def test_the_most_urgent_come_first_and_each_says_what_to_do(made):
    made.versions |= {"llama-cpp-python": "0.3.36"}
    machine = made.with_card(cuda="None", card=FULL, env={"HF_HUB_OFFLINE": "1"})
    findings = doctor.examine(machine)[1]
    assert [one.level for one in findings] == ["broken", "slow", "note", "note"]
    assert all(one.what and one.fix for one in findings)


def test_the_token_is_not_told(made):
    machine = made.but(env={"HF_TOKEN": "secret"})
    assert "secret" not in str(doctor.examine(machine)) and facts(machine)["Hugging Face"].startswith(
        "token in"
    )


def test_the_cache_is_where_huggingface_hub_has_it(made, monkeypatch):
    import importlib

    from huggingface_hub import constants

    for name, value in (("HF_HUB_CACHE", "/a"), ("HF_HOME", "/b"), ("XDG_CACHE_HOME", "/c")):
        with pytest.MonkeyPatch.context() as patch:
            for other in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
                patch.delenv(other, raising=False)
            patch.setenv(name, value)
            theirs = importlib.reload(constants).HF_HUB_CACHE
        assert str(storage.cache(made.but(env={name: value}))) == theirs
    importlib.reload(constants)


def test_every_conflict_names_its_source_and_links_exist(root):
    entries = tomllib.loads(packages.KNOWN.read_text())["conflict"]
    assert len(entries) >= 8
    for one in entries:
        assert set(one) <= {"when", "without", "cores", "unset", "level", "why", "fix", "link", "source"}
        assert one["source"].startswith(("raised with", "https://")) and one["why"] and one["fix"]
    links = {one["link"] for one in entries}
    for module in ("gpus", "memory", "packages", "storage"):
        text = (root / f"src/fourbit/doctor/{module}.py").read_text()
        links |= set(re.findall(r'"(docs/[\w/.-]+)"', text))
    assert len(links) >= 4
    for link in links:
        assert (root / link).is_file(), link


def test_pytorch_of_this_environment_is_read_as_it_is():
    import torch

    built = gpus.read_torch(doctor.this())
    assert built.version == torch.__version__ and built.cuda == (torch.version.cuda or "")
