/* Twin of benchmarks/osu/collectives.ts. */
#include "measure.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#define EACH_TURN for (long turn = 0; turn < times; turn++)
#define DOUBLES(k) (int)((k)->bytes / sizeof(double))

static void allreduce(kernel *k, long times) {
  EACH_TURN MPI_Allreduce(k->out, k->into, DOUBLES(k), MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}
static void reduce(kernel *k, long times) {
  EACH_TURN MPI_Reduce(k->out, k->into, DOUBLES(k), MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
}
static void scan(kernel *k, long times) {
  EACH_TURN MPI_Scan(k->out, k->into, DOUBLES(k), MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}
static void reduce_scatter(kernel *k, long times) {
  EACH_TURN MPI_Reduce_scatter(k->out, k->into, k->counts, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}
static void bcast(kernel *k, long times) {
  void *data = rank == 0 ? k->out : k->into;
  EACH_TURN MPI_Bcast(data, (int)k->bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
}
static void allgather(kernel *k, long times) {
  EACH_TURN MPI_Allgather(k->out, (int)k->bytes, MPI_BYTE, k->into, (int)k->bytes, MPI_BYTE, MPI_COMM_WORLD);
}
static void alltoall(kernel *k, long times) {
  EACH_TURN MPI_Alltoall(k->out, (int)k->bytes, MPI_BYTE, k->into, (int)k->bytes, MPI_BYTE, MPI_COMM_WORLD);
}
static void barrier(kernel *k, long times) {
  (void)k;
  EACH_TURN MPI_Barrier(MPI_COMM_WORLD);
}

static long wrong_sum(kernel *k, int ranks) {
  const double *at = k->into;
  for (size_t index = 0; index < k->into_bytes / sizeof(double); index++) {
    if (at[index] != sum_of(ranks, k->start + (long)index)) return (long)index;
  }
  return -1;
}
static long wrong_total(kernel *k) { return wrong_sum(k, size); }
static long wrong_prefix(kernel *k) { return wrong_sum(k, rank + 1); }
static long wrong_at_root(kernel *k) { return rank == 0 ? wrong_sum(k, size) : -1; }
static long wrong_from_root(kernel *k) { return rank == 0 ? -1 : first_wrong_byte(k->into, k->bytes, 0); }

static long wrong_pieces(kernel *k, long apart) {
  for (int from = 0; from < size; from++) {
    const unsigned char *piece = (unsigned char *)k->into + from * k->bytes;
    long wrong = first_wrong_byte(piece, k->bytes, from + apart);
    if (wrong >= 0) return (long)(from * k->bytes) + wrong;
  }
  return -1;
}
static long wrong_gathered(kernel *k) { return wrong_pieces(k, 0); }
static long wrong_exchanged(kernel *k) { return wrong_pieces(k, 3L * rank); }

static const struct {
  const char *name;
  void (*calls)(kernel *, long);
  long (*fault)(kernel *);
  enum { sums, moves, gathers, exchanges } kind;
  int spaced;
} table[] = {
    {"allreduce", allreduce, wrong_total, sums, 0},
    {"reduce", reduce, wrong_at_root, sums, 1},
    {"scan", scan, wrong_prefix, sums, 1},
    {"reduce_scatter", reduce_scatter, wrong_total, sums, 0},
    {"bcast", bcast, wrong_from_root, moves, 1},
    {"allgather", allgather, wrong_gathered, gathers, 0},
    {"alltoall", alltoall, wrong_exchanged, exchanges, 0},
    {"barrier", barrier, NULL, moves, 0},
};

/* Even pieces, the first ranks one element more where it does not divide. */
static void cut(kernel *k) {
  long elements = DOUBLES(k);
  k->counts = reserve(size * sizeof(int));
  for (int of = 0; of < size; of++) {
    k->counts[of] = (int)(elements / size + (of < elements % size ? 1 : 0));
    if (of < rank) k->start += k->counts[of];
  }
  k->into_bytes = k->counts[rank] * sizeof(double);
}

int collective(kernel *k, const char *name, size_t bytes) {
  memset(k, 0, sizeof *k);
  for (size_t at = 0; at < sizeof table / sizeof *table; at++) {
    if (strcmp(name, table[at].name) != 0) continue;
    k->calls = table[at].calls;
    k->fault = table[at].fault;
    k->spaced = table[at].spaced;
    k->average = 1;
    k->parts = 1;
    k->bytes = k->into_bytes = bytes;
    if (table[at].kind >= gathers) k->into_bytes = bytes * size;
    if (k->calls == reduce_scatter) cut(k);
    size_t out_bytes = table[at].kind == exchanges ? bytes * size : bytes;
    k->out = reserve(out_bytes);
    k->into = reserve(k->into_bytes);
    if (table[at].kind == sums) {
      for (long index = 0; index < DOUBLES(k); index++) ((double *)k->out)[index] = term_of(rank, index);
    } else if (table[at].kind == exchanges) {
      for (int to = 0; to < size; to++) fill_bytes((unsigned char *)k->out + to * bytes, bytes, rank + 3L * to);
    } else fill_bytes(k->out, bytes, rank);
    return 1;
  }
  return 0;
}
