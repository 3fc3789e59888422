/**
 * Which process a number means: process identifiers are used again, start times are not.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** `starttime` of proc(5), in clock ticks since boot; null when there is no such process, or only its zombie. */
export function startTimeOf(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The second field is the program's name in parentheses and may itself hold both spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}

/** What a process identifier is relative to: this boot and this PID namespace; empty on systems without /proc. */
export function identityScope(): { bootId: string; pidNamespace: string } {
  try {
    return {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
    };
  } catch {
    return { bootId: '', pidNamespace: '' };
  }
}
