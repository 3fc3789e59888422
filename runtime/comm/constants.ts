/** MPI's wildcards, as users pass them. */

/**
 * Receive from any rank.
 * @example
 * const { source } = await world.recv({ source: ANY_SOURCE });
 */
export const ANY_SOURCE = -1;
/**
 * Receive any tag.
 * @example
 * const { tag } = await world.recv({ source: 0, tag: ANY_TAG });
 */
export const ANY_TAG = -1;
/**
 * Sends to it and receives from it complete at once and move nothing.
 * @example
 * const next = world.rank + 1 < world.size ? world.rank + 1 : PROC_NULL;
 * await world.send('to the right', { dest: next });
 */
export const PROC_NULL = -2;
