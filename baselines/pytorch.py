"""Driver of PyTorch baselines: a child process of `kevo worker`.

Reads one JSON object a first line (the job: threads, tensors, a script whose
`run` computes the kernel), then commands, and answers each with a line: "ok",
or "no" and a reason. The worker holds the clock; nothing here is timed.

Descriptor 3 is the memory of the inputs, 4 that of the outputs.
"""
import functools
import inspect
import json
import keyword
import mmap
import os
import platform
import sys


def first_line(error):
    text = " ".join(str(error).split())
    return (type(error).__name__ + ": " + text)[:300]


class Job:
    """Tensors over shared memory, and the script's function over them."""

    def __init__(self, job, torch):
        self.torch = torch
        names = {"f64": "float64", "f32": "float32", "f16": "float16",
                 "bf16": "bfloat16", "i64": "int64", "i32": "int32",
                 "i16": "int16", "i8": "int8", "u32": "uint32", "u8": "uint8",
                 "bool": "bool"}
        self.types = {k: getattr(torch, v, None) for k, v in names.items()}
        size = os.fstat(3).st_size
        self.inputs = mmap.mmap(3, size, access=mmap.ACCESS_COPY)
        self.outputs = mmap.mmap(4, os.fstat(4).st_size)
        self.job = job
        space = {}
        exec(compile(job["script"], job["name"], "exec"), space)
        self.run = space["run"]
        self.calls = {}

    def tensor(self, memory, spec, at):
        dtype = self.types[spec["dtype"]]
        if dtype is None:
            raise TypeError("this PyTorch has no " + spec["dtype"])
        count = 1
        for extent in spec["shape"]:
            count *= extent
        if count == 0:
            return self.torch.empty(spec["shape"], dtype=dtype)
        flat = self.torch.frombuffer(memory, dtype=dtype, count=count,
                                     offset=at)
        return flat.view(spec["shape"])

    def arguments(self, number):
        values = dict(self.job["sizes"])
        values.update(self.job["params"])
        for spec in self.job["inputs"]:
            values[spec["name"]] = self.tensor(self.inputs, spec,
                                               spec["at"][number])
        values = {k + "_" if keyword.iskeyword(k) else k: v
                  for k, v in values.items()}
        wanted = inspect.signature(self.run).parameters
        if any(p.kind == p.VAR_KEYWORD for p in wanted.values()):
            return values
        return {k: v for k, v in values.items() if k in wanted}

    def prepare(self, mode):
        function = self.run
        if mode == "torch.compile":
            function = self.torch.compile(self.run, dynamic=False)
        calls = [functools.partial(function, **self.arguments(i))
                 for i in range(self.job["sets"])]
        for call in calls[:2] * 2:
            call()
        self.calls[mode] = calls

    def store(self, mode, number):
        results = self.calls[mode][number]()
        if isinstance(results, self.torch.Tensor):
            results = (results,)
        outputs = self.job["outputs"]
        if len(results) != len(outputs):
            raise ValueError("%d results for %d outputs" %
                             (len(results), len(outputs)))
        for result, spec in zip(results, outputs):
            if list(result.shape) != spec["shape"]:
                raise ValueError("%s has shape %s, the spec says %s" %
                                 (spec["name"], list(result.shape),
                                  spec["shape"]))
            if result.dtype != self.types[spec["dtype"]]:
                raise ValueError("%s is %s, the spec says %s" %
                                 (spec["name"], result.dtype, spec["dtype"]))
            self.tensor(self.outputs, spec, spec["at"]).copy_(result)

    def repeat(self, mode, count, number, step):
        calls = self.calls[mode]
        sets = len(calls)
        for _ in range(count):
            calls[number]()
            number = (number + step) % sets

    def obey(self, line):
        words = line.split()
        if words[0] == "prepare":
            self.prepare(words[1])
        elif words[0] == "store":
            self.store(words[1], int(words[2]))
        elif words[0] == "run":
            self.repeat(words[1], *(int(w) for w in words[2:5]))
        else:
            raise ValueError("unknown command")


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a script prints goes where errors go
    job = json.loads(sys.stdin.readline())
    if job["cpus"]:
        os.sched_setaffinity(0, job["cpus"])
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(job["threads"])
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = job["cache"]
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    os.environ.setdefault("HOME", "/tmp")
    os.environ.setdefault("USER", "kevo")
    sys.dont_write_bytecode = True
    try:
        import torch
    except ImportError:
        answers.write("no PyTorch is not installed for %s\n" % sys.executable)
        return
    try:
        torch.set_num_threads(job["threads"])
        torch.set_num_interop_threads(1)
        state = Job(job, torch)
    except Exception as error:
        answers.write("no %s\n" % first_line(error))
        return
    answers.write("ok PyTorch %s, Python %s\n" %
                  (torch.__version__, platform.python_version()))
    with torch.inference_mode():
        for line in sys.stdin:
            try:
                state.obey(line)
                answers.write("ok\n")
            except Exception as error:
                answers.write("no %s\n" % first_line(error))


main()
