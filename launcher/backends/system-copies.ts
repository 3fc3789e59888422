/**
 * How the C library of a sandbox copies memory, which V8's `set` ends up in. On x86 glibc copies with REP MOVSB above
 * 2 KiB. That does not wait for lines that another core has, as vector loops do, and where cores are far apart it is
 * the faster one by three; but on Zen 3 and Zen 4 it runs at 3 GB/s instead of 50 where the target lies a few bytes
 * behind the source as pages go (glibc bug 30994). Large arrays of V8 all begin 16 bytes into a page, and pieces of a
 * segment at its start: so most copies between them are of that kind, and there vector loops are better.
 */

/** Bytes from which on glibc would take REP MOVSB: more than anybody copies at once. */
const never = 2 ** 40;

const pageBytes = 4096;
/** Of one copy: long enough for REP MOVSB, short enough for the first cache. */
const probeBytes = 16 * 1024;
const probes = 16;
/** The bug is a factor of ten and more; noise, in the least of several, is not. */
const slowdown = 4;

let known: Readonly<Record<string, string>> | null = null;

/** What a process must find in its environment at its start, if anything. Other C libraries ignore it. */
export function copyEnvironment(): Readonly<Record<string, string>> {
  known ??=
    process.arch === 'x64' && hasSlowPlace()
      ? { GLIBC_TUNABLES: `glibc.cpu.x86_rep_movsb_threshold=${String(never)}` }
      : {};
  return known;
}

/** Whether copies to 16 bytes behind their source, as pages go, are slow here; takes a fraction of a millisecond. */
function hasSlowPlace(): boolean {
  const memory = new Uint8Array(3 * probeBytes + pageBytes).fill(1);
  const leastMs = (behind: number): number => {
    let least = Number.POSITIVE_INFINITY;
    for (let probe = 0; probe < probes; probe += 1) {
      const start = performance.now();
      for (let copy = 0; copy < 4; copy += 1) {
        memory.copyWithin(0, 2 * probeBytes + behind, 3 * probeBytes + behind);
      }
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  return leastMs(16) > slowdown * leastMs(64);
}
