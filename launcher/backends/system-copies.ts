/**
 * How the C library of a sandbox copies memory, which V8's `set` ends up in. From Zen 3 on glibc copies with REP MOVSB
 * above 2 KiB, and that runs at 3 GB/s instead of 50 where the target lies a few bytes behind the source as pages go
 * (glibc bug 30994). Large arrays of V8 all begin 16 bytes into a page, and pieces of a segment at its start: so most
 * copies between them are of that kind. Vector loops have no such case.
 */
import { cpus } from 'node:os';

/** Bytes from which on glibc would take REP MOVSB: more than anybody copies at once. */
const never = 2 ** 40;

let known: Readonly<Record<string, string>> | null = null;

/** What a process must find in its environment at its start, if anything. Other C libraries ignore it. */
export function copyEnvironment(): Readonly<Record<string, string>> {
  known ??=
    process.arch === 'x64' && cpus()[0]?.model.startsWith('AMD') === true
      ? { GLIBC_TUNABLES: `glibc.cpu.x86_rep_movsb_threshold=${String(never)}` }
      : {};
  return known;
}
