/** The program of a sandbox: what a backend starts, with the bootstrap in file descriptor 3. */
import { SandboxAgent } from './sandbox-agent.ts';
import { readBootstrap } from './read-bootstrap.ts';

/** The launcher shows what an agent says; the ranks' own output never comes this way. */
function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<number> {
  const agent = new SandboxAgent(readBootstrap(), log);
  try {
    return await agent.run();
  } finally {
    // A worker in a native call (execSync, a read of a pipe) cannot be ended, and would hold process.exit for ever.
    if (!(await agent.endRanks())) process.kill(process.pid, 'SIGKILL');
  }
}

// Ctrl-C in a terminal reaches every process of the group; what it means is for the launcher to say.
process.on('SIGINT', () => undefined);
process.exitCode = await main().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  return 1;
});
// Whatever handle is still open, the sandbox is over.
process.exit();
