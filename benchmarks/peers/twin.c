/*
 * Twin of benchmarks/osu/job.ts in C: `twin NAME MILLISECONDS BYTES,BYTES…` prints one line of JSON for each size;
 * `twin init` does nothing. Build: mpicc -O3 -o twin *.c
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
  if (argc >= 4) {
    double budget_ms = atof(argv[2]);
    int is_first = 1;
    for (char *text = strtok(argv[3], ","); text != NULL; text = strtok(NULL, ",")) {
      kernel k;
      size_t bytes = strtoull(text, NULL, 10);
      if (!point_to_point(&k, argv[1], bytes) && !collective(&k, argv[1], bytes)) {
        if (rank == 0) fprintf(stderr, "no measurement is called %s\n", argv[1]);
        MPI_Abort(MPI_COMM_WORLD, 2);
      }
      if (is_first) measure(&k, budget_ms, 0);
      is_first = 0;
      measure(&k, budget_ms, 1);
      free(k.out);
      free(k.into);
      free(k.counts);
      MPI_Barrier(MPI_COMM_WORLD);
    }
  }
  MPI_Finalize();
  return 0;
}
