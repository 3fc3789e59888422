/**
 * `tsmpi doctor`: what this machine has and lacks for running jobs, each with the command that mends it.
 */
import * as check from './doctor-checks.ts';

/**
 * Says everything line by line; gives the exit code: 0 when sandboxed jobs can run, 1 when something they need is
 * lacking.
 */
export async function doctor(out: (line: string) => void): Promise<number> {
  const findings: check.Finding[] = [
    check.checkNode(),
    await check.checkBubblewrap(),
    check.checkUserNamespaces(),
    ...(await check.withJobDirectory(async (directory) => [
      await check.checkSandbox(directory),
      check.checkLimits(directory),
    ])),
    check.checkWebSockets(),
    check.checkKoffi(),
    check.checkJobSpace(),
    ...check.checkProcessLimits(),
  ];
  for (const { verdict, what, remedy } of findings) {
    out(`${verdict.padEnd(5)}  ${what}`);
    if (remedy !== undefined && verdict !== 'ok') out(`       mend it: ${remedy}`);
  }
  const lacking = findings.filter(({ verdict }) => verdict === 'lacks').length;
  out(
    lacking === 0 ? 'sandboxed jobs can run here' : 'jobs cannot run in sandboxes here; see the lines marked "lacks"',
  );
  return lacking === 0 ? 0 : 1;
}
