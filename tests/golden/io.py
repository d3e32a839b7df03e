"""Writes io/: small files as the reference packages write them, which tests/io reads and writes again byte for byte.

Versions: numpy 1.26 or newer, safetensors 0.8.0, torch 2.x.  Run:  python tests/golden/io.py
"""

import hashlib
import json
import pathlib

import numpy
import safetensors
import safetensors.torch
import torch

here = pathlib.Path(__file__).resolve().parent
folder = here / "io"
folder.mkdir(exist_ok=True)

# Twelve numbers that every type below holds exactly: 0 to 11, for signed types minus 3, for reals halved as well.
count = numpy.arange(12)


def values(kind):
    if kind == "b1":
        return count % 3 == 0
    if kind[0] == "u":
        return count.astype(kind)
    if kind[0] == "i":
        return (count - 3).astype(kind)
    return ((count - 3) / 2).astype(kind)


for kind in ["f2", "f4", "f8", "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    numpy.save(folder / f"{kind}.npy", values(kind).reshape(3, 4))
numpy.save(folder / "f4_fortran.npy", numpy.asfortranarray(values("f4").reshape(3, 4)))
numpy.save(folder / "f8_fortran3.npy", numpy.asfortranarray(values("f8").reshape(2, 3, 2)))
numpy.save(folder / "f4_big.npy", values("f4").reshape(3, 4).astype(">f4"))
numpy.save(folder / "i8_big_fortran.npy", numpy.asfortranarray(values("i8").reshape(3, 4).astype(">i8")))
numpy.save(folder / "scalar.npy", numpy.float32(2.5))
numpy.save(folder / "row.npy", values("f4"))
numpy.save(folder / "empty.npy", numpy.zeros((0, 4), "f4"))
for version in [(2, 0), (3, 0)]:
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        numpy.lib.format.write_array(file, values("f4").reshape(3, 4), version=version)

torch_types = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}
tensors = {}
for name, kind in torch_types.items():
    source = count if name == "U8" else count % 3 == 0 if name == "BOOL" else (count - 3) / (1 if name[0] == "I" else 2)
    tensors[f"all.{name}"] = torch.tensor(source).to(kind).reshape(3, 4)
tensors["scalar"] = torch.tensor(2.5)
tensors["empty"] = torch.zeros(0, 4)
tensors["ünï \"quoted\"\n"] = torch.tensor([1.0, 2.0])
safetensors.torch.save_file(tensors, folder / "every_type.safetensors", metadata={"format": "pt"})
safetensors.torch.save_file({"w": torch.tensor([[1.0, -2.0], [0.5, 4.0]])}, folder / "no_metadata.safetensors")

(folder / "made_by.json").write_text(json.dumps({
    "script": hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest(),
    "numpy": numpy.__version__, "safetensors": safetensors.__version__, "torch": torch.__version__,
}, indent=2) + "\n")
