/**
 * Who hears of the abort of a signal: however many calls are given one signal, it has one listener, for node takes many
 * for a leak and prints a warning.
 */
const listeners = new WeakMap<AbortSignal, { readonly acts: Set<() => void>; readonly tell: () => void }>();

/** Calls `act` when the signal aborts, unless the function that this gives was called before. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  let known = listeners.get(signal);
  if (known === undefined) {
    const acts = new Set<() => void>();
    const tell = (): void => {
      for (const each of [...acts]) each();
    };
    known = { acts, tell };
    listeners.set(signal, known);
  }
  const { acts, tell } = known;
  if (acts.size === 0) signal.addEventListener('abort', tell, { once: true });
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size === 0) signal.removeEventListener('abort', tell);
  };
}
