/*
 * Twin of benchmarks/osu/job.ts in C: `twin NAME MILLISECONDS WARM-UP BYTES,BYTES…` prints one line of JSON for each
 * size; `twin init` does nothing. Build: mpicc -O3 -o twin *.c
 */
#include "measure.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rank, size;

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (argc >= 5) {
    double budget_ms = atof(argv[2]), warm_up_ms = atof(argv[3]);
    int is_first = 1;
    for (char *text = strtok(argv[4], ","); text != NULL; text = strtok(NULL, ",")) {
      kernel k;
      size_t bytes = strtoull(text, NULL, 10);
      if (!point_to_point(&k, argv[1], bytes) && !collective(&k, argv[1], bytes)) {
        if (rank == 0) fprintf(stderr, "no measurement is called %s\n", argv[1]);
        MPI_Abort(MPI_COMM_WORLD, 2);
      }
      if (is_first) warm_up(&k, warm_up_ms);
      is_first = 0;
      measure(&k, budget_ms, warm_up_ms);
      free(k.out);
      free(k.into);
      free(k.counts);
      MPI_Barrier(MPI_COMM_WORLD);
    }
  }
  MPI_Finalize();
  return 0;
}
