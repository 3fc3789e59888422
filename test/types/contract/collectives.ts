/**
 * The contract of `tsmpi/collectives`, as its users type it: declarations alone. The package's own must accept
 * everything that is
 * written against these; `contract.test.ts` checks it. Add where users gain; rename nothing.
 */
import type { Collectives, Communicator } from 'tsmpi';
/** Each function is the Communicator call of its name, on `world` unless `comm` says otherwise. */
type Functions = Collectives<'async', { comm?: Communicator }>;
export declare const barrier: Functions['barrier'];
export declare const broadcast: Functions['broadcast'];
export declare const reduce: Functions['reduce'];
export declare const allreduce: Functions['allreduce'];
export declare const sumExact: Functions['sumExact'];
export declare const allreduceLocation: Functions['allreduceLocation'];
export declare const gather: Functions['gather'];
export declare const allgather: Functions['allgather'];
export declare const scatter: Functions['scatter'];
export declare const alltoall: Functions['alltoall'];
export declare const reduceScatter: Functions['reduceScatter'];
export declare const scan: Functions['scan'];
export declare const exscan: Functions['exscan'];
