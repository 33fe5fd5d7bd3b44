import errno
import json
import os
import resource

import pytest
import torch
from safetensors.torch import load_file, safe_open, save_file

from fourbit.engine.checkpoint.shards import INDEX, PlannedShards, ShardReader
from fourbit.errors import UserError

DTYPES = (
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int8,
    torch.int32,
    torch.bool,
    torch.float64,
    torch.float8_e4m3fn,
)
SHAPES = ((3, 5), (), (7,), (0, 4), (2, 1, 3))


def some_tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        f"{str(dtype)[6:]}.{i}": torch.randn(shape).mul(3).to(dtype)
        for dtype in DTYPES
        for i, shape in enumerate(SHAPES)
    }


def plan_of(tensors) -> dict:
    return {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors.items()}


def equal_bytes(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Equal to the last bit, whatever the dtype."""
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and torch.equal(a.reshape(-1).view(torch.uint8), b.reshape(-1).view(torch.uint8))
    )


@pytest.fixture
def saved(tmp_path):
    """A folder of two files and an index, as transformers writes it."""
    tensors = some_tensors()
    names = list(tensors)
    index = {}
    for file, part in (
        ("model-00001-of-00002.safetensors", names[::2]),
        ("model-00002-of-00002.safetensors", names[1::2]),
    ):
        save_file({name: tensors[name] for name in part}, tmp_path / file, {"format": "pt"})
        index |= dict.fromkeys(part, file)
    (tmp_path / INDEX).write_text(json.dumps({"weight_map": index}))
    return tmp_path


def test_every_tensor_is_read_as_stored(saved):
    reader, tensors = ShardReader(saved), some_tensors()
    assert set(reader.names) == set(tensors)
    for name, tensor in tensors.items():
        assert reader.meta(name) == (tensor.dtype, tuple(tensor.shape))
        assert equal_bytes(reader.get(name), tensor), name


def test_files_that_the_index_does_not_name_are_left_alone(saved):
    (saved / "adapter.safetensors").write_bytes(b"something else")
    assert set(ShardReader(saved).names) == set(some_tensors())


def test_the_usual_file_is_taken_alone(saved):
    save_file({"x": torch.ones(2)}, saved / "model.safetensors")
    assert ShardReader(saved).names == ["x"]


def test_files_of_other_names_are_all_taken(saved):
    (saved / INDEX).unlink()
    assert set(ShardReader(saved).names) == set(some_tensors())


def test_reading_does_not_keep_the_file_in_memory(tmp_path):
    save_file({f"t{i}": torch.ones(2**21) for i in range(16)}, tmp_path / "model.safetensors")  # 16 x 8 MiB
    reader = ShardReader(tmp_path)
    reader.get("t0")
    before = resident()
    total = sum(reader.get(f"t{i}").sum().item() for i in range(16))
    assert total == 16 * 2**21
    assert resident() - before < 24 * 2**20


def resident() -> int:
    """Bytes of this process in memory, mapped files included."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def test_a_missing_file_of_the_index_is_named(saved):
    (saved / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(UserError, match=r"1 of the 2 files .* missing, the first is model-00002-of-00002"):
        ShardReader(saved)


def test_a_damaged_index_is_named(saved):
    for text in ("{", "[]", "{}", '{"weight_map": 3}'):
        (saved / INDEX).write_text(text)
        with pytest.raises(UserError, match=f"{INDEX}: damaged"):
            ShardReader(saved)


def test_a_folder_without_weights_says_so(tmp_path):
    with pytest.raises(UserError, match=r"no \*.safetensors in this directory"):
        ShardReader(tmp_path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], r"truncated or damaged: [\d,]+ bytes, its header promises"),
        (lambda data: data + b"\0", "truncated or damaged"),
        (lambda data: data[:40], "truncated or no safetensors file: 40 bytes"),
        (lambda data: data[:3], "truncated or no safetensors file: 3 bytes"),
        (lambda data: b"", "truncated or no safetensors file: 0 bytes"),
        (lambda data: data[:8] + b"?" + data[9:], "its header is damaged"),
        (lambda data: data[:30] + b"\xff" + data[31:], "its header is damaged"),
        (lambda data: data.replace(b'"shape":[3,5]', b'"shape":[3,6]', 1), "its header is damaged"),
        (lambda data: data.replace(b'"F64"', b'"F46"', 1), "has dtype 'F46', which is not supported"),
        (lambda data: data.replace(b'"data_offsets"', b'"data_offsetz"', 1), "its header is damaged"),
    ],
)
def test_a_damaged_file_is_found_before_anything_is_read(tmp_path, damage, message):
    file = tmp_path / "model.safetensors"
    save_file(some_tensors(), file, {"format": "pt"})
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UserError, match=f"model.safetensors: .*{message}"):
        ShardReader(tmp_path)


def test_a_file_cut_while_it_is_read_is_found(saved):
    reader = ShardReader(saved)
    for file in saved.glob("*.safetensors"):
        os.truncate(file, file.stat().st_size - 20)
    with pytest.raises(UserError, match="ends within"):
        for name in reader.names:
            reader.get(name)


def test_a_tensor_in_two_files_is_ambiguous(tmp_path):
    for file in "ab":
        save_file({"x": torch.ones(2)}, tmp_path / f"{file}.safetensors")
    with pytest.raises(UserError, match=r"b.safetensors: x is in a.safetensors too"):
        ShardReader(tmp_path)


@pytest.mark.parametrize(("max_bytes", "files"), [(10**9, 1), (100, None)])
def test_written_in_any_order_and_read_by_safetensors(tmp_path, max_bytes, files):
    tensors = some_tensors()
    shards = PlannedShards(tmp_path, plan_of(tensors), max_bytes)
    for name in reversed(tensors):
        shards.write(name, tensors[name])
    shards.close()
    written = sorted(tmp_path.glob("*.safetensors"))
    assert files == len(written) or (files is None and len(written) > 2)
    back = {}
    for file in written:
        part = load_file(file)
        assert sum(tensor.nbytes for tensor in part.values()) <= max(max_bytes, 120)
        back |= part
        with safe_open(file, "pt") as opened:
            assert opened.metadata() == {"format": "pt"}
    assert back.keys() == tensors.keys() and all(equal_bytes(back[name], tensors[name]) for name in back)
    reader = ShardReader(tmp_path)
    assert all(equal_bytes(reader.get(name), tensor) for name, tensor in tensors.items())
    index = tmp_path / INDEX
    assert index.is_file() == (files is None)
    if files is None:
        content = json.loads(index.read_text())
        assert content["metadata"]["total_size"] == sum(tensor.nbytes for tensor in tensors.values())
        assert content["weight_map"].keys() == tensors.keys()


def test_tensors_lie_at_multiples_of_their_element_size(tmp_path):
    plan = {
        "a": (torch.int8, (3,)),
        "b": (torch.float32, (2,)),
        "c": (torch.float16, (1,)),
        "d": (torch.int64, (1,)),
    }
    shards = PlannedShards(tmp_path, plan)
    with (tmp_path / "model.safetensors").open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    assert all((8 + length + header[name]["data_offsets"][0]) % plan[name][0].itemsize == 0 for name in plan)
    shards.close()


def test_opening_again_goes_on(tmp_path):
    tensors = some_tensors()
    names = list(tensors)
    for folder, parts in ((tmp_path / "once", [names]), (tmp_path / "twice", [names[:9], names[9:]])):
        folder.mkdir()
        for part in parts:
            shards = PlannedShards(folder, plan_of(tensors), 100)
            for name in part:
                shards.write(name, tensors[name])
            shards.close()
    once, twice = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("once", "twice")
    )
    assert once == twice


def test_a_stop_while_space_is_taken_is_no_obstacle(tmp_path):
    plan = plan_of(some_tensors())
    (tmp_path / "model.safetensors.part").write_bytes(b"half a header")
    PlannedShards(tmp_path, plan).close()
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_another_plan_is_refused(tmp_path):
    plan = {"a": (torch.float32, (4,)), "b": (torch.float32, (4,))}
    PlannedShards(tmp_path, plan).close()
    before = (tmp_path / "model.safetensors").read_bytes()
    for other, most in (
        ({"a": (torch.float32, (4,))}, 10**9),
        (plan | {"b": (torch.float16, (8,))}, 10**9),
        (plan, 16),
    ):
        with pytest.raises(
            UserError, match=r"model.safetensors: holds other weights; remove it or give a new folder"
        ):
            PlannedShards(tmp_path, other, most)
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_what_was_not_planned_is_refused(tmp_path):
    shards = PlannedShards(tmp_path, {"a": (torch.float32, (4,))})
    for wrong in (torch.ones(5), torch.ones(4, dtype=torch.float16), torch.ones(2, 2)):
        with pytest.raises(ValueError, match=r"a: planned torch.float32 \(4,\), got"):
            shards.write("a", wrong)
    with pytest.raises(KeyError):
        shards.write("b", torch.ones(4))
    shards.close()


def test_the_space_is_taken_at_once(tmp_path):
    PlannedShards(tmp_path, {"a": (torch.float32, (2**20,))}).close()
    assert (tmp_path / "model.safetensors").stat().st_blocks * 512 >= 2**22


def test_a_full_disk_is_found_at_the_start_and_left_as_it_was(tmp_path, monkeypatch):
    def full(file, start, size):
        if size > 10_000:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    plan = {"small": (torch.float32, (4,)), "large": (torch.float32, (10_000,))}
    with pytest.raises(UserError, match=r"cannot take 0\.0 MB for the weights: No space left on device"):
        PlannedShards(tmp_path, plan, max_bytes=100)
    assert not list(tmp_path.iterdir())


def test_a_file_system_that_reserves_nothing_will_do(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    tensors = some_tensors()
    shards = PlannedShards(tmp_path, plan_of(tensors))
    for name, tensor in tensors.items():
        shards.write(name, tensor)
    monkeypatch.setattr(os, "pwrite", lambda *_: unsupported())
    with pytest.raises(UserError, match=r"float32\.0: could not be written: Operation not supported"):
        shards.write("float32.0", tensors["float32.0"])
    shards.close()
    assert all(
        equal_bytes(load_file(tmp_path / "model.safetensors")[name], tensors[name]) for name in tensors
    )


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(UserError, match=r"/proc/self: cannot take 0\.0 MB for the weights: "):
        PlannedShards(type(tmp_path)("/proc/self"), {"a": (torch.float32, (4,))})
