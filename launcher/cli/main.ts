/**
 * What both commands share: `tsmpirun` itself, as a function of its words. Loads nothing that help or a refusal could
 * do without.
 */
import { helpText } from './help.ts';
import { parseCommandLine } from './parse.ts';
import { refusalExitCode } from './refusal.ts';
import { packageVersion } from './version.ts';

/** Runs a command line, without the name of the command. Resolves with the exit code. */
export async function tsmpirun(words: readonly string[]): Promise<number> {
  const command = parseCommandLine(words, { env: process.env, cwd: process.cwd() });
  switch (command.kind) {
    case 'refusal':
      await print(process.stderr, command.line);
      return refusalExitCode;
    case 'help':
      await print(process.stdout, helpText());
      return 0;
    case 'version':
      await print(process.stdout, `tsmpi ${packageVersion()}`);
      return 0;
    case 'run': {
      const { runCommand } = await import('./run-command.ts');
      return runCommand(command);
    }
  }
}

/** Prints lines, and waits until they are out: the process may exit right after. A reader that is gone is none. */
export async function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('error', () => {
      resolve();
    });
    stream.write(`${text}\n`, () => {
      resolve();
    });
  });
}
