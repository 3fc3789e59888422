/* Twin of benchmarks/osu/point-to-point.ts: latency, bw, bibw, mbw_mr, with nonblocking windows as in OSU's own. */
#include "measure.h"

#include <mpi.h>
#include <string.h>

enum { window_max = 64, window_min = 4 };
static const size_t window_bytes = 64 << 20;
static MPI_Request requests[2 * window_max];

static void ping_pong(kernel *k, long times) {
  for (long turn = 0; turn < times; turn++) {
    if (rank == 0) {
      MPI_Send(k->out, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD);
      MPI_Recv(k->into, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
      MPI_Recv(k->into, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(k->out, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD);
    }
  }
}

static void one_way(kernel *k, long times) {
  char answer[4] = {0};
  for (long turn = 0; turn < times; turn++) {
    for (long message = 0; message < k->window; message++) {
      if (k->sends) MPI_Isend(k->out, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, &requests[message]);
      else MPI_Irecv(k->into, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, &requests[message]);
    }
    MPI_Waitall((int)k->window, requests, MPI_STATUSES_IGNORE);
    if (k->sends) MPI_Recv(answer, 4, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    else MPI_Send(answer, 4, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD);
  }
}

static void both_ways(kernel *k, long times) {
  for (long turn = 0; turn < times; turn++) {
    for (long message = 0; message < k->window; message++)
      MPI_Irecv(k->into, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, &requests[message]);
    for (long message = 0; message < k->window; message++)
      MPI_Isend(k->out, (int)k->bytes, MPI_BYTE, k->peer, 0, MPI_COMM_WORLD, &requests[k->window + message]);
    MPI_Waitall((int)(2 * k->window), requests, MPI_STATUSES_IGNORE);
  }
}

static long from_peer(kernel *k) { return first_wrong_byte(k->into, k->bytes, k->peer); }

int point_to_point(kernel *k, const char *name, size_t bytes) {
  long window = (long)(window_bytes / (bytes == 0 ? 1 : bytes));
  memset(k, 0, sizeof *k);
  k->bytes = k->into_bytes = bytes;
  k->peer = 1 - rank;
  k->window = window > window_max ? window_max : window < window_min ? window_min : window;
  k->sends = rank == 0;
  k->parts = k->window;
  k->calls = one_way;
  if (strcmp(name, "latency") == 0) {
    k->calls = ping_pong;
    k->parts = 2;
    k->fault = from_peer;
  } else if (strcmp(name, "bibw") == 0) {
    k->calls = both_ways;
    k->parts = 2 * k->window;
    k->fault = from_peer;
  } else if (strcmp(name, "mbw_mr") == 0) {
    k->peer = (rank + size / 2) % size;
    k->sends = rank < size / 2;
    k->average = 1;
  } else if (strcmp(name, "bw") != 0) return 0;
  if (k->calls == one_way && !k->sends) k->fault = from_peer;
  k->out = reserve(bytes);
  k->into = reserve(bytes);
  fill_bytes(k->out, bytes, rank);
  return 1;
}
