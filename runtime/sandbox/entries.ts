/**
 * The entries of the package, for the rank's program: it imports them as ES modules, outside of the image in which they
 * already are. What the build puts under the entries' names looks here first.
 */
const entriesKey = Symbol.for('tsmpi.entries');

/** Gives this rank `entries`, by name, in place of modules of the package whose runtime lies under the URL `home`. */
export function setEntries(home: string, entries: Readonly<Record<string, object>>): void {
  Object.defineProperty(globalThis, entriesKey, { value: { home, entries }, configurable: true });
}
