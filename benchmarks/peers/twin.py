"""Twin of benchmarks/osu/job.ts in mpi4py: `twin.py NAME MILLISECONDS WARM-UP BYTES,BYTES…` prints a line of JSON for
each size, `twin.py init` does nothing. Upper-case calls on numpy arrays, mpi4py's fast ones; all calls are looked up before
the loops."""

import json
import sys
from time import perf_counter_ns

import numpy
from mpi4py import MPI

SAMPLE_NS_MIN = 10_000
SAMPLES_MAX, SAMPLES_MIN, CALLS_MAX = 1000, 5, 10_000
WARM_UP_SHARE = 1 / 8
WINDOW_MAX, WINDOW_MIN, WINDOW_BYTES = 64, 4, 64 << 20

world = MPI.COMM_WORLD
rank, size = world.rank, world.size


def sent(sender, length):
    return ((sender * 31 + numpy.arange(length)) % 251).astype(numpy.uint8)


def terms(of, length):
    return of + 1.0 + numpy.arange(length) % 13


def summed(ranks, length, start=0):
    return ranks * (ranks + 1) / 2 + ranks * (numpy.arange(start, start + length) % 13.0)


class Kernel:
    """`calls(times)` runs that many calls back to back; `into` must then equal `expected`."""

    def __init__(self, calls, into=None, expected=None, parts=1, spaced=False, average=True):
        self.calls, self.into, self.expected = calls, into, expected
        self.parts, self.spaced, self.average = parts, spaced, average


def repeated(call, *arguments):
    def calls(times):
        for _ in range(times):
            call(*arguments)

    return calls


def latency(length):
    peer = 1 - rank
    out, into = sent(rank, length), numpy.zeros(length, numpy.uint8)
    send, recv = world.Send, world.Recv

    def calls(times):
        for _ in range(times):
            if rank == 0:
                send(out, peer)
                recv(into, peer)
            else:
                recv(into, peer)
                send(out, peer)

    return Kernel(calls, into, sent(peer, length), parts=2, average=False)


def window_of(length):
    return min(WINDOW_MAX, max(WINDOW_MIN, WINDOW_BYTES // max(1, length)))


def one_way(length, peer, sends, average):
    window = window_of(length)
    out, into = sent(rank, length), numpy.zeros(length, numpy.uint8)
    answer = numpy.zeros(4, numpy.uint8)
    isend, irecv, waitall, send, recv = world.Isend, world.Irecv, MPI.Request.Waitall, world.Send, world.Recv

    def calls(times):
        for _ in range(times):
            if sends:
                waitall([isend(out, peer) for _ in range(window)])
                recv(answer, peer)
            else:
                waitall([irecv(into, peer) for _ in range(window)])
                send(answer, peer)

    received = (None, None) if sends else (into, sent(peer, length))
    return Kernel(calls, *received, parts=window, average=average)


def bibw(length):
    window, peer = window_of(length), 1 - rank
    out, into = sent(rank, length), numpy.zeros(length, numpy.uint8)
    isend, irecv, waitall = world.Isend, world.Irecv, MPI.Request.Waitall

    def calls(times):
        for _ in range(times):
            requests = [irecv(into, peer) for _ in range(window)]
            requests += [isend(out, peer) for _ in range(window)]
            waitall(requests)

    return Kernel(calls, into, sent(peer, length), parts=2 * window, average=False)


def summing(name):
    def build(length):
        count = length // 8
        data, into = terms(rank, count), numpy.zeros(count)
        if name == "scan":
            return Kernel(repeated(world.Scan, data, into), into, summed(rank + 1, count), spaced=True)
        if name == "reduce":
            call = repeated(world.Reduce, data, into if rank == 0 else None)
            return Kernel(call, *((into, summed(size, count)) if rank == 0 else ()), spaced=True)
        if name == "reduce_scatter":
            counts = [count // size + (1 if of < count % size else 0) for of in range(size)]
            mine, start = counts[rank], sum(counts[:rank])
            into = numpy.zeros(mine)
            return Kernel(repeated(world.Reduce_scatter, data, into, counts), into, summed(size, mine, start))
        return Kernel(repeated(world.Allreduce, data, into), into, summed(size, count))

    return build


def bcast(length):
    data = sent(0, length) if rank == 0 else numpy.zeros(length, numpy.uint8)
    return Kernel(repeated(world.Bcast, data, 0), *(() if rank == 0 else (data, sent(0, length))), spaced=True)


def allgather(length):
    data, into = sent(rank, length), numpy.zeros(length * size, numpy.uint8)
    expected = numpy.concatenate([sent(of, length) for of in range(size)])
    return Kernel(repeated(world.Allgather, data, into), into, expected)


def alltoall(length):
    data = numpy.concatenate([sent(rank + 3 * to, length) for to in range(size)])
    into = numpy.zeros(length * size, numpy.uint8)
    expected = numpy.concatenate([sent(of + 3 * rank, length) for of in range(size)])
    return Kernel(repeated(world.Alltoall, data, into), into, expected)


builds = {
    "latency": latency,
    "bw": lambda length: one_way(length, 1 - rank, rank == 0, average=False),
    "bibw": bibw,
    "mbw_mr": lambda length: one_way(length, (rank + size // 2) % size, rank < size // 2, average=True),
    **{name: summing(name) for name in ("allreduce", "reduce", "scan", "reduce_scatter")},
    "bcast": bcast,
    "allgather": allgather,
    "alltoall": alltoall,
    "barrier": lambda length: Kernel(repeated(world.Barrier)),
}


def agreed(value):
    """Rank 0's value, everywhere."""
    held = numpy.array([float(value)])
    world.Bcast(held, 0)
    return held[0]


def clamp(value, least, most):
    return int(min(most, max(least, round(value))))


def warm_up(kernel, warm_up_ns):
    begin, times = perf_counter_ns(), 1
    while True:
        world.Barrier()
        start = perf_counter_ns()
        if not kernel.spaced:
            kernel.calls(times)
        else:
            for _ in range(times):
                kernel.calls(1)
                world.Barrier()
        spent, took = agreed(perf_counter_ns() - begin), agreed(perf_counter_ns() - start)
        if spent >= warm_up_ns:
            return max(1.0, took / times)
        if took < warm_up_ns * WARM_UP_SHARE:
            times *= 2


def refuse(kernel):
    if kernel.into is not None and not numpy.array_equal(kernel.into, kernel.expected):
        print(f"wrong result on rank {rank}", file=sys.stderr, flush=True)
        world.Abort(1)


def check(kernel):
    refuse(kernel)
    if kernel.into is not None:
        kernel.into.fill(255)
    world.Barrier()
    kernel.calls(1)
    refuse(kernel)
    world.Barrier()


def clock_cost_ns():
    least = 10**9
    for _ in range(1000):
        start = perf_counter_ns()
        least = min(least, perf_counter_ns() - start)
    return least


def measure(kernel, budget_ms, warm_up_ms):
    budget_ns = budget_ms * 1e6
    call_ns = warm_up(kernel, warm_up_ms * 1e6)
    sample_ns = max(SAMPLE_NS_MIN, budget_ns / SAMPLES_MAX)
    calls = 1 if kernel.spaced else int(agreed(clamp(sample_ns / call_ns, 1, CALLS_MAX)))
    samples = int(agreed(clamp(budget_ns / (calls * call_ns), SAMPLES_MIN, SAMPLES_MAX)))
    taken, total = numpy.zeros(samples), numpy.zeros(samples)
    run, barrier, spaced = kernel.calls, world.Barrier, kernel.spaced
    world.Barrier()
    for index in range(samples):
        start = perf_counter_ns()
        run(calls)
        taken[index] = perf_counter_ns() - start
        if spaced:
            barrier()
    taken = numpy.maximum(0, taken - clock_cost_ns()) / (calls * kernel.parts)
    check(kernel)
    if kernel.average:
        world.Reduce(taken, total, root=0)
        taken = total / size
    return {"calls": calls, "samples": [round(each, 3) for each in taken.tolist()]}


def main(name="init", budget_ms="0", warm_up_ms="0", lengths=""):
    if name == "init":
        return
    for at, length in enumerate(int(word) for word in lengths.split(",")):
        kernel = builds[name](length)
        if at == 0:
            warm_up(kernel, float(warm_up_ms) * 1e6)
        measured = measure(kernel, float(budget_ms), float(warm_up_ms))
        if rank == 0:
            print(json.dumps({"bytes": length, **measured}), flush=True)
        world.Barrier()


main(*sys.argv[1:])
