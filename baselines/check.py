#!/usr/bin/env python3
"""Compare the oracle of every kernel with PyTorch in float64.

usage: check.py [--scripts DIR] [--shapes N] [KERNEL ...]

Run inside a kernel repository, with kevo in PATH. `kevo eval --raw` draws
sizes, parameters and inputs and gives the oracle's values with their error
scales; the script of the kernel computes the same from the same inputs, with
everything floating in float64. N shapes (default 3) in each distribution of
inputs. Kernels have a baseline.py of their own or a script in DIR (default:
pytorch/ beside this file); see baselines/README.md.

Integers must be equal. Real numbers may differ by BOUND times the error
scale, brought from the working precision down to float64. One line a kernel
says how near they came; the exit status is 1 when one of them differed.
"""

import argparse
import importlib.util
import inspect
import json
import pathlib
import subprocess
import sys
import tempfile

import torch

SCRIPTS = pathlib.Path(__file__).resolve().parent / "pytorch"
DISTRIBUTIONS = ("normal", "offset", "wide", "ties", "sparse", "small-ints")
# Kinds of hidden shapes, see daemon/spec/inputs_shapes.c. One size is a prime,
# a multiple of a tile, one more than a tile, and the others are of any kind;
# behind these three: the smallest, mixed, one below a tile, 1, long.
SHAPES = (1, 5, 3, 0, 7, 2, 4, 6)
# Times the error scale. The scale counts one rounding of a sum, and both
# sides add thousands of terms one after the other: some tens were seen. It
# is a millionth of what a kernel in f32 may err; what is wrong is far beyond.
BOUND = 1024.0
UNIT = {"f64": 2.0**-53, "f32": 2.0**-24, "f16": 2.0**-24, "bf16": 2.0**-24}
TYPES = {
    "f64": torch.float64,
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "i64": torch.int64,
    "i32": torch.int32,
    "i16": torch.int16,
    "i8": torch.int8,
    "u32": torch.uint32,
    "u8": torch.uint8,
    "bool": torch.bool,
}


class Mismatch(Exception):
    pass


def read(folder, name, dtype, shape):
    data = bytearray((folder / name).read_bytes())
    if not data:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(data, dtype=dtype).reshape(shape)


def evaluate(kernel, folder, seed, shape, distribution):
    """One evaluation by the oracle, as eval.json describes it."""
    subprocess.run(
        ["kevo", "eval", kernel, "--raw", str(folder), "--seed", str(seed),
         "--hidden", str(shape), "--distribution", distribution],
        check=True, stdout=subprocess.DEVNULL,
    )
    return json.loads((folder / "eval.json").read_text())


def arguments(run, described, folder):
    """What the script asks for, by name."""
    known = {**described["sizes"], **described["params"]}
    for tensor in described["tensors"]:
        if tensor["role"] != "in":
            continue
        value = read(
            folder, tensor["file"], TYPES[tensor["dtype"]], tensor["shape"]
        )
        known[tensor["name"]] = (
            value.double() if value.is_floating_point() else value
        )
    return {
        name: known[name.rstrip("_")]
        for name in inspect.signature(run).parameters
    }


def compare_reals(tensor, given, folder):
    """The largest difference in float64 error scales."""
    value = read(folder, tensor["value"], torch.float64, tensor["shape"])
    scale = read(folder, tensor["scale"], torch.float64, tensor["shape"])
    open_ = read(folder, tensor["undecided"], torch.uint8, tensor["shape"])
    unit = scale / UNIT[tensor["dtype"]] * 2.0**-53
    difference = (given.double() - value).abs()
    same = (given == value) | (given.isnan() & value.isnan()) | (open_ == 1)
    excess = torch.where(same, 0.0, difference / (unit + 1e-300))
    excess = torch.where(excess.isnan(), torch.inf, excess)
    if excess.numel() == 0:
        return 0.0
    worst = int(excess.argmax())
    if excess.flatten()[worst] > BOUND:
        raise Mismatch(
            f"{tensor['name']}, element {worst}: the oracle says "
            f"{value.flatten()[worst]:.17g} (scale "
            f"{scale.flatten()[worst]:.3g}), PyTorch "
            f"{given.flatten()[worst]:.17g}"
        )
    return float(excess.max())


def compare(tensor, given, folder):
    if list(given.shape) != tensor["shape"]:
        raise Mismatch(
            f"{tensor['name']} has shape {tensor['shape']}, the script gave "
            f"{list(given.shape)}"
        )
    if "scale" in tensor:
        return compare_reals(tensor, given, folder)
    value = read(folder, tensor["value"], torch.int64, tensor["shape"])
    open_ = read(folder, tensor["undecided"], torch.uint8, tensor["shape"])
    wrong = ((given.long() != value) & (open_ == 0)).flatten()
    if wrong.any():
        worst = int(wrong.long().argmax())
        raise Mismatch(
            f"{tensor['name']}, element {worst}: the oracle says "
            f"{value.flatten()[worst]}, PyTorch {given.flatten()[worst]}"
        )
    return 0.0


def load(path):
    spec = importlib.util.spec_from_file_location("baseline", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run


def check_case(kernel, run, case):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        described = evaluate(kernel, folder, *case)
        try:
            given = run(**arguments(run, described, folder))
        except Exception as why:
            raise Mismatch(f"{described['sizes']}: the script: {why}") from why
        given = given if isinstance(given, (tuple, list)) else (given,)
        outputs = [t for t in described["tensors"] if t["role"] == "out"]
        if len(given) != len(outputs):
            raise Mismatch(f"{len(outputs)} outputs, not {len(given)}")
        try:
            return max(
                compare(t, g, folder) for t, g in zip(outputs, given)
            )
        except Mismatch as why:
            raise Mismatch(f"{described['sizes']}: {why}") from None


def check_kernel(root, kernel, scripts, shapes):
    """Whether all cases of a kernel agree; says so."""
    path = root / "kernels" / kernel / "baseline.py"
    if not path.exists():
        path = scripts / f"{kernel}.py"
    if not path.exists():
        print(f"{kernel}: there is no script {path}")
        return False
    run = load(path)
    worst, seed = 0.0, 0
    for shape in SHAPES[:shapes]:
        for distribution in DISTRIBUTIONS:
            seed += 1
            try:
                case = (seed, shape, distribution)
                worst = max(worst, check_case(kernel, run, case))
            except Mismatch as why:
                print(
                    f"{kernel}: WRONG with --seed {seed} --hidden {shape} "
                    f"--distribution {distribution}: {why}"
                )
                return False
    print(f"{kernel}: {seed} cases agree, within {worst:.2g} error scales")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scripts", type=pathlib.Path, default=SCRIPTS)
    parser.add_argument("--shapes", type=int, default=3)
    parser.add_argument("kernel", nargs="*")
    options = parser.parse_args()
    root = pathlib.Path.cwd()
    kernels = options.kernel or sorted(
        path.parent.name for path in root.glob("kernels/*/*.kernel")
    )
    torch.set_num_threads(1)
    agree = [
        check_kernel(root, kernel, options.scripts, options.shapes)
        for kernel in kernels
    ]
    print(f"{sum(agree)} of {len(agree)} kernels agree with PyTorch "
          f"{torch.__version__} in float64")
    return 0 if all(agree) and agree else 1


if __name__ == "__main__":
    sys.exit(main())
