/**
 * When a mesh opens its links: all of them before the job starts, or each when its first frame waits for it (where most
 * will never be used: the ranks share memory, or the sandboxes are many).
 */
export type LinkOpening = 'atOnce' | 'onUse';
