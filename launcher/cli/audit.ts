/** `tsmpi audit verify FILE`: whether a log of connectors is as it was written. */
import { readFileSync } from 'node:fs';
import { verifyAudit } from '../../connectors/gateway/audit-log.ts';
import { print } from './main.ts';
import { refuse } from './refusal.ts';

/** Gives the exit code: 1 for a log that was changed. Throws RefusedError. */
export async function audit([what, file, ...more]: readonly string[]): Promise<number> {
  if (what === '--help' || what === '-h') {
    await print(
      process.stdout,
      'Usage: tsmpi audit verify FILE\n\nTells whether each line of an audit log follows the one before it, unchanged.',
    );
    return 0;
  }
  if (what !== 'verify' || file === undefined || more.length > 0) {
    return refuse(`audit ${what ?? ''}`.trim(), 'unknown', 'write tsmpi audit verify FILE');
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(
      `audit verify ${file}`,
      `it cannot be read (${(error as NodeJS.ErrnoException).code ?? '?'})`,
      'name an audit log',
    );
  }
  const found = verifyAudit(text);
  if (typeof found === 'string') {
    await print(process.stderr, `tsmpi audit: ${file}: ${found}`);
    return 1;
  }
  await print(
    process.stdout,
    `${file}: ${String(found.lines)} lines, each follows the one before it; the last hash is ${found.hash}`,
  );
  return 0;
}
