/** Lines of an audit log, each with the hash of the one before: none can be changed or taken out unseen. */
import { createHash } from 'node:crypto';

/** Before the first line. */
export const firstHash = '0'.repeat(64);

/** A line for `record`, and its hash. */
export function chained(record: object, previous: string): { line: string; hash: string } {
  const body = JSON.stringify({ ...record, previous });
  const hash = createHash('sha256').update(body).digest('hex');
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** The line's hash, where it follows `previous`; else, in words, what is wrong. */
export function linkOf(line: string, previous: string): { readonly hash: string } | string {
  const [, body, hash] = /^(.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line) ?? [];
  if (body === undefined || hash === undefined) return 'is no line of an audit log';
  if (createHash('sha256').update(`${body}}`).digest('hex') !== hash) return 'was changed: its hash does not fit';
  let before: unknown;
  try {
    before = (JSON.parse(line) as { previous?: unknown }).previous;
  } catch {
    return 'is no JSON';
  }
  return before === previous ? { hash } : 'does not follow the line before it: lines were taken out, or moved';
}
