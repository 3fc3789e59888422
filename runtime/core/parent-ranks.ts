/** The ranks at the other side of an intercommunicator that is there from the start. */
export interface ParentRanks {
  /** The number of that intercommunicator. */
  readonly communicator: number;
  /** Numbers in the mesh, in order. */
  readonly ranks: readonly number[];
}
