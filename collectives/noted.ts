/**
 * Which form of each collective runs, for `--verbose`. Where nobody asked, the definitions are installed as they are
 * and a note costs one comparison; there is none on the way of calls that take one step.
 */
import { type CollectiveDefinition, notDirect } from '../runtime/comm/install.ts';
import type { Program } from '../runtime/comm/program.ts';

/** How a call's data travel; then by which form of that. */
export type Way = 'messages' | 'shared memory' | 'two levels';

interface Note {
  way: Way | undefined;
  form: string;
}

let current: Note | null = null;

/** Of the call under way: to be called where its form is chosen. Of several notes the last one counts. */
export function noteForm(way: Way, form: string): void {
  if (current === null) return;
  current.way = way;
  current.form = form;
}

/** The call under way sends messages, by whatever algorithm, unless something else was noted. */
export function noteMessages(): void {
  if (current !== null && current.way === undefined) current.way = 'messages';
}

/** The same definitions, which tell `tell` one line for each collective, magnitude of data, and form, once. */
export function telling(
  definitions: readonly CollectiveDefinition[],
  tell: (line: string) => void,
): CollectiveDefinition[] {
  const told = new Set<string>();
  return definitions.map((definition) =>
    tellingOne(definition, (what, key) => {
      if (told.has(key)) return;
      told.add(key);
      tell(what);
    }),
  );
}

function tellingOne(definition: CollectiveDefinition, say: (line: string, key: string) => void): CollectiveDefinition {
  const { name, direct } = definition;
  const over = ({ way, form }: Note, size: number, bytes: number | undefined): void => {
    const how = way === undefined ? 'shared memory, one step' : form === '' ? way : `${way}, ${form}`;
    const of = name === 'barrier' ? '' : bytes === undefined ? ' of a value' : ` of ${bytesText(bytes)}`;
    const magnitude = bytes === undefined || bytes === 0 ? bytes : Math.floor(Math.log2(bytes));
    say(`${name}${of} on ${size} ranks: ${how}`, [name, magnitude, size, how].join());
  };
  return {
    ...definition,
    start(exchange, data, options) {
      const note: Note = { way: undefined, form: '' };
      const program = within(note, () => definition.start(exchange, data, options));
      return noting(note, program, (result) => over(note, exchange.size, bytesOf(data, options, result)));
    },
    ...(direct && {
      direct(...args: Parameters<typeof direct>) {
        const [team, data, options] = args;
        const note: Note = { way: undefined, form: '' };
        const result = within(note, () => direct(...args));
        if (result !== notDirect) over(note, team.size, bytesOf(data, options, result));
        return result;
      },
    }),
  };
}

function within<R>(note: Note, body: () => R): R {
  const outer = current;
  current = note;
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** The program, each of whose steps runs within `note`: other calls run between them. */
function* noting<R>(note: Note, program: Program<R>, over: (result: R) => void): Program<R> {
  let resume = (): IteratorResult<unknown, R> => program.next();
  try {
    for (;;) {
      const step = within(note, resume) as ReturnType<Program<R>['next']>;
      if (step.done === true) {
        over(step.value);
        return step.value;
      }
      resume = () => program.next();
      try {
        yield step.value;
      } catch (error) {
        resume = () => program.throw(error);
      }
    }
  } finally {
    program.return(undefined as R);
  }
}

/** What this rank passes, or else gets; undefined where neither is an array or a number. */
function bytesOf(data: unknown, options: unknown, result: unknown): number | undefined {
  if (typeof data === 'number') return Float64Array.BYTES_PER_ELEMENT;
  const into = (options as { readonly into?: unknown } | undefined)?.into;
  return [data, into, result].find((candidate) => ArrayBuffer.isView(candidate))?.byteLength;
}

function bytesText(bytes: number): string {
  if (bytes >= 2 ** 20) return `${round(bytes / 2 ** 20)} MiB`;
  return bytes >= 2 ** 10 ? `${round(bytes / 2 ** 10)} KiB` : `${bytes} B`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
