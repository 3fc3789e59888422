/**
 * What a command line that cannot be honoured gets: one line and exit code 2, before anything starts.
 */
export interface Refusal {
  readonly kind: 'refusal';
  /** What, why, what instead; without a newline or a full stop. */
  readonly line: string;
}

/** Exit code of every refusal. */
export const refusalExitCode = 2;

/** Thrown inside the parser only; `parseCommandLine` returns it as a Refusal. */
export class RefusedError extends Error {}

/** Refuses: `what` as the user wrote it, `why`, and what to do `instead`. */
export function refuse(what: string, why: string, instead: string): never {
  throw new RefusedError(`${printable(what)}: ${printable(why)}; ${printable(instead)}`);
}

/** Words of the command line in a line of ours: a newline or an escape sequence in them must stay in it. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for

  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => JSON.stringify(character).slice(1, -1));
}
