/** What a sandbox says of itself, and what a roster tells it: who is of its own world, and who of others. */
import type { RendezvousClientOptions, RosterEntry } from '../rendezvous/options.ts';
import type { MeshNewcomer } from '../transport/mesh/options.ts';
import type { Bootstrap, SandboxPlace } from './bootstrap.ts';

export function helloOf(
  { meshId, epoch, sandbox, rendezvous, ranks, token, tsmpiVersion }: Bootstrap,
  meshAddress: string,
): Omit<RendezvousClientOptions, 'signal'> {
  const own = { index: sandbox, ranks: ranks.map(({ rank }) => rank), token, tsmpiVersion, meshAddress };
  return { address: rendezvous, meshId, epoch, ...own };
}

/** `world`: its sandboxes. */
export function sorted(
  entries: readonly RosterEntry[],
  world: readonly SandboxPlace[],
): { readonly own: readonly RosterEntry[]; readonly strangers: readonly MeshNewcomer[] } {
  const indexes = new Set(world.map(({ index }) => index));
  const strangers = entries
    .filter(({ index }) => !indexes.has(index))
    .map(({ index, address, ranks }) => ({ index, address, firstRank: ranks[0] ?? 0, ranks: ranks.length }));
  return { own: entries.filter(({ index }) => indexes.has(index)), strangers };
}
