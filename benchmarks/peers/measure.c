/* Twin of benchmarks/osu/measure.ts. */
#include "measure.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double sample_ns_min = 10000;
static const long samples_max = 1000, samples_min = 5, calls_max = 10000;
static const double warm_up_share = 1.0 / 8;

static double now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e9 + at.tv_nsec;
}

/* Rank 0's value, everywhere. */
static double agreed(double value) {
  MPI_Bcast(&value, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  return value;
}

static long clamp(double value, long least, long most) {
  return value < least ? least : value > most ? most : (long)(value + 0.5);
}

double warm_up(kernel *k, double warm_up_ms) {
  double begin = now_ns(), warm_up_ns = warm_up_ms * 1e6;
  for (long calls = 1;;) {
    MPI_Barrier(MPI_COMM_WORLD);
    double start = now_ns();
    if (!k->spaced) k->calls(k, calls);
    else {
      for (long call = 0; call < calls; call++) {
        k->calls(k, 1);
        MPI_Barrier(MPI_COMM_WORLD);
      }
    }
    double spent = agreed(now_ns() - begin), took = agreed(now_ns() - start);
    if (spent >= warm_up_ns) return took / calls < 1 ? 1 : took / calls;
    if (took < warm_up_ns * warm_up_share) calls *= 2;
  }
}

static void refuse(kernel *k) {
  long wrong = k->fault ? k->fault(k) : -1;
  if (wrong < 0) return;
  fprintf(stderr, "wrong result on rank %d: element %ld\n", rank, wrong);
  MPI_Abort(MPI_COMM_WORLD, 1);
}

/* The results of the timed calls, and once more into a spoiled array. */
static void check(kernel *k) {
  refuse(k);
  if (k->into) memset(k->into, 255, k->into_bytes);
  MPI_Barrier(MPI_COMM_WORLD);
  k->calls(k, 1);
  refuse(k);
  MPI_Barrier(MPI_COMM_WORLD);
}

static double clock_cost_ns(void) {
  double least = 1e9;
  for (int turn = 0; turn < 1000; turn++) {
    double start = now_ns(), took = now_ns() - start;
    if (took < least) least = took;
  }
  return least;
}

void measure(kernel *k, double budget_ms, double warm_up_ms) {
  double call_ns = warm_up(k, warm_up_ms), budget_ns = budget_ms * 1e6;
  double sample_ns = budget_ns / samples_max > sample_ns_min ? budget_ns / samples_max : sample_ns_min;
  long calls = k->spaced ? 1 : (long)agreed(clamp(sample_ns / call_ns, 1, calls_max));
  long samples = (long)agreed(clamp(budget_ns / (calls * call_ns), samples_min, samples_max));
  double *taken = reserve(samples * sizeof(double)), *sum = reserve(samples * sizeof(double));
  MPI_Barrier(MPI_COMM_WORLD);
  for (long index = 0; index < samples; index++) {
    double start = now_ns();
    k->calls(k, calls);
    taken[index] = now_ns() - start;
    if (k->spaced) MPI_Barrier(MPI_COMM_WORLD);
  }
  double clock_ns = clock_cost_ns();
  for (long index = 0; index < samples; index++) {
    double ns = taken[index] - clock_ns;
    taken[index] = (ns < 0 ? 0 : ns) / (calls * k->parts);
  }
  check(k);
  if (k->average) {
    MPI_Reduce(taken, sum, (int)samples, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    for (long index = 0; index < samples; index++) taken[index] = sum[index] / size;
  }
  if (rank == 0) {
    printf("{\"bytes\":%zu,\"calls\":%ld,\"samples\":[", k->bytes, calls);
    for (long index = 0; index < samples; index++) printf("%s%.3f", index == 0 ? "" : ",", taken[index]);
    printf("]}\n");
    fflush(stdout);
  }
  free(taken);
  free(sum);
}

void *reserve(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 4096, bytes == 0 ? 1 : bytes) != 0) {
    fprintf(stderr, "no memory for %zu bytes\n", bytes);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  memset(memory, 0, bytes);
  return memory;
}

void fill_bytes(unsigned char *to, size_t bytes, long sender) {
  for (size_t index = 0; index < bytes; index++) to[index] = byte_of(sender, (long)index);
}

long first_wrong_byte(const unsigned char *at, size_t bytes, long sender) {
  for (size_t index = 0; index < bytes; index++) {
    if (at[index] != byte_of(sender, (long)index)) return (long)index;
  }
  return -1;
}
