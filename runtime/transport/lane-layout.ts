/**
 * How a lane between two ranks of a segment lies in memory (`pair-lane.ts`).
 *
 * Cells of 32 bytes, two to a line: what few bytes cost is the lines that go from core to core. A record takes one or
 * more cells in a row; the first word of its first cell is its state, zero until the record is published, and the
 * receiver looks at nothing else. After it the header, short (16 bytes with the state, for whole messages) or long (48,
 * with everything `header.ts` knows), then the payload.
 *
 * Old bytes must never look like a record, and a consumer that zeroed what it frees would take each line away from the
 * producer once more. So the producer zeroes: when a record is visible, the first word of the cell behind it is zero or
 * a record. It does so ahead, while nobody waits for it: that also brings back the lines of which the consumer has
 * copies, many in the time that one takes. The consumer writes nothing but, now and then, how far it has come.
 */
export const cellBytes = 32;
export const cellShift = 5;
export const cellWords = cellBytes / 4;
/** Lines: what the consumer has freed, whether the producer waits for it, and the stage (`stage.ts`). */
export const controlBytes = 192;
export const headWord = 0;
export const wantWord = 16;
/** What is freed of the stage, and where it lies, in lines. */
export const stageHeadWord = 32;
export const stageWord = 33;
/** Index of the first word of the first cell. */
export const dataWord = controlBytes / 4;

/** The state of a record: payload bytes in the low 24 bits, and which header it has; or: go on at the start. */
export const shortHeader = 1 << 28;
export const longHeader = 1 << 29;
export const skipMark = 1 << 30;
/** Instead of its payload the record has two words: where in the stage it lies, and what frees it there. */
export const stagedMark = 1 << 27;
export const stagedBytes = 8;
export const payloadMask = (1 << 24) - 1;
export const shortBytes = 16;
export const longBytes = 48;
/** Format of bytes. */
export const bytesFormat = 2;
