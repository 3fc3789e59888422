/** MPI's wildcards, as users pass them. */

/** Receive from any rank. */
export const ANY_SOURCE = -1;
/** Receive any tag. */
export const ANY_TAG = -1;
/** Sends to it and receives from it complete at once and move nothing. */
export const PROC_NULL = -2;
