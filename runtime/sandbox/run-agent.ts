/** The life of a sandbox's main thread, from the bootstrap in file descriptor 3 to the end of the process. */
import { SandboxAgent } from './sandbox-agent.ts';
import { readBootstrap } from './read-bootstrap.ts';

/** The launcher shows what an agent says; the ranks' own output never comes this way. */
function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function live(): Promise<number> {
  const agent = new SandboxAgent(readBootstrap(), log);
  try {
    return await agent.run();
  } finally {
    // A worker in a native call (execSync, a read of a pipe) cannot be ended, and would hold process.exit for ever.
    if (!(await agent.endRanks())) process.kill(process.pid, 'SIGKILL');
  }
}

/** Runs the sandbox, and ends the process with it: whatever handle is still open then, the sandbox is over. */
export async function runAgent(): Promise<never> {
  // Ctrl-C in a terminal reaches every process of the group; what it means is for the launcher to say.
  process.on('SIGINT', () => undefined);
  const exitCode = await live().catch((error: unknown) => {
    log(error instanceof Error ? error.message : String(error));
    return 1;
  });
  process.exit(exitCode);
}
