/**
 * A program that cannot be bundled, told as its author wants to read it: the place in the source first.
 */
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';

/** One thing that is wrong with a program. */
export interface BundleProblem {
  /** The file as the user would name it: relative to the working directory when it lies there. Empty: no place. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  /** Without a full stop. */
  readonly text: string;
  /** The line of the source; empty when there is none. */
  readonly source: string;
  /** Characters of `source` that are meant, from `column` on. */
  readonly length: number;
}

/** Problems printed; a file of another language gives hundreds. */
const problemsShownMax = 10;

/** ERR_LAUNCH with a list of problems. `message` names the first, `lines` show all of them, with their source lines. */
export class BundleError extends TsmpiError {
  readonly problems: readonly BundleProblem[];

  constructor(script: string, problems: readonly BundleProblem[]) {
    const [first] = problems;
    super('ERR_LAUNCH', first === undefined ? 'cannot be bundled' : headline(first), { where: script });
    this.problems = problems;
  }

  /** For a terminal: `job.ts:3:8: what is wrong`, then the line itself with the place marked, for each problem. */
  get lines(): string[] {
    const lines = this.problems
      .slice(0, problemsShownMax)
      .flatMap((problem) => [headline(problem), ...excerpt(problem)]);
    const more = this.problems.length - problemsShownMax;
    return more > 0 ? [...lines, `and ${String(more)} more problems`] : lines;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isTsmpiError(value) && 'problems' in value;
  }
}

function headline({ file, line, column, text }: BundleProblem): string {
  return file === '' ? text : `${file}:${String(line)}:${String(column)}: ${text}`;
}

/** The source line and a marker below it. Tabs stay, so that the marker stands right however wide they are shown. */
function excerpt({ source, line, column, length }: BundleProblem): string[] {
  if (source === '') return [];
  const number = String(line).padStart(5);
  const before = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [`${number} | ${source}`, `${' '.repeat(5)} | ${before}${'^'.repeat(Math.max(1, length))}`];
}
