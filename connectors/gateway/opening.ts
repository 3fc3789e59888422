/** What a rank asks of a gateway. */
export interface JobIdentity {
  readonly id: string;
  readonly name: string;
}

/** What is refused before a gateway is asked. What the rank claims to be, and wants, is not sure. */
export interface Denial {
  readonly job: JobIdentity;
  readonly rank: number | null;
  readonly resource: string;
  readonly reason: string;
}

export interface Opening {
  readonly job: JobIdentity;
  readonly rank: number;
  /** Ranks that could use the stream as well: each must be allowed to. */
  readonly sharedBy?: readonly number[];
  readonly resource: string;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}
