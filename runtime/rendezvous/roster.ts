/** The roster, as a message and as its receiver knows it. */
import type { RosterEntry } from './options.ts';
import type { FromLauncher, FromLauncherBody } from './protocol.ts';

export function rosterOf(known: readonly RosterEntry[]): FromLauncherBody {
  const entries = known.map(({ index, address, ranks }) => ({
    sandbox: index,
    meshAddress: address,
    ranks: [...ranks],
  }));
  return { roster: { entries } };
}

export function entriesOf({ entries = [] }: NonNullable<FromLauncher['roster']>): RosterEntry[] {
  return entries.map(({ sandbox = 0, meshAddress = '', ranks = [] }) => ({
    index: sandbox,
    address: meshAddress,
    ranks,
  }));
}
