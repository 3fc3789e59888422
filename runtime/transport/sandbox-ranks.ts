/** Where the ranks of one sandbox lie in the world: `ranks` of them, from `firstRank` on. */
export interface SandboxRanks {
  readonly index: number;
  readonly firstRank: number;
  readonly ranks: number;
}
