/**
 * The shapes of the public API: pure types, no behaviour. The classes and values that go with them are exported by
 * `runtime/index.ts`.
 *
 * Rules that hold everywhere: payload first, then one options object. A Promise-returning call starts at the call and
 * completes at the await. `comm.sync` is the blocking twin. A numeric array travels as its bytes, any other value by
 * structured clone. Zero length is legal.
 */

export * from './api-collectives.ts';
export * from './api-data.ts';
export * from './api-messages.ts';
export * from './api-window.ts';
