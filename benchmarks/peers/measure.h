/* Twin of benchmarks/osu/measure.ts and kernel.ts: the same warm-up, samples, checks and output. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>

typedef struct kernel {
  /* That many calls back to back. */
  void (*calls)(struct kernel *, long times);
  /* Where results arrive, and what they must be; NULL where none arrive. */
  void *into;
  size_t into_bytes;
  /* The index of the first wrong element, or -1. */
  long (*fault)(struct kernel *);
  /* Messages one way in a call. */
  long parts;
  /* A rank may leave a call before the others entered it: one by one, a barrier after each. */
  int spaced;
  /* The average over all ranks counts, not rank 0's time. */
  int average;

  void *out;
  size_t bytes;
  int peer, sends;
  long window;
  int *counts;
  long start;
} kernel;

extern int rank, size;

/* Fills in a kernel for one size; 0 when there is no measurement of that name. */
int point_to_point(kernel *, const char *name, size_t bytes);
int collective(kernel *, const char *name, size_t bytes);

/* Calls until the time is over; gives the nanoseconds of one call among the last. */
double warm_up(kernel *, double warm_up_ms);

/* Prints the line of one size on rank 0. */
void measure(kernel *, double budget_ms, double warm_up_ms);

/* What a sender sends, what a rank contributes to a sum, and the sum over `ranks`. */
static inline unsigned char byte_of(long sender, long index) { return (unsigned char)((sender * 31 + index) % 251); }
static inline double term_of(int of, long index) { return of + 1 + index % 13; }
static inline double sum_of(int ranks, long index) { return ranks * (ranks + 1.0) / 2 + (double)ranks * (index % 13); }

void *reserve(size_t bytes);
void fill_bytes(unsigned char *, size_t bytes, long sender);
long first_wrong_byte(const unsigned char *, size_t bytes, long sender);

#endif
