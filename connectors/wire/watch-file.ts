/** A file of configuration, looked at again and again. */
import { statSync } from 'node:fs';
import { configLookMs } from './limits.ts';

/** Calls `changed` after each change. Two looks must agree, for editors write in steps. Gives what ends it. */
export function watchFile(path: string, changed: () => void): () => void {
  let [taken, seen] = [stampOf(path), ''];
  const timer = setInterval(() => {
    const now = stampOf(path);
    if (now !== taken && now === seen) {
      taken = now;
      changed();
    }
    seen = now;
  }, configLookMs);
  return () => clearInterval(timer);
}

function stampOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? 'none' : `${String(status.ino)} ${String(status.mtimeMs)} ${String(status.size)}`;
}
