/** The connectors of a job, while the rest of it is made ready. */
import { Deadline } from '../../connectors/wire/deadline.ts';
import type { JobSpec } from '../job-spec.ts';
import type { Mesh } from '../supervise/mesh.ts';
import type { JobSinks } from '../supervise/result.ts';
import type { JobConnectors } from './job-connectors.ts';

interface Surroundings {
  readonly mesh: Mesh;
  /** Of the job in its mesh. */
  readonly number: number;
  readonly jobId: string;
  readonly entry: { readonly name?: string; readonly signal?: AbortSignal | undefined };
  readonly sinks: JobSinks;
  /** What else is made ready: nobody waits for the agents of a job that cannot start. */
  readonly others: readonly Promise<unknown>[];
}

/** Null where the job has none. Loaded by the jobs that have some: most have none. */
export async function connectorsFor(spec: JobSpec, surroundings: Surroundings): Promise<JobConnectors | null> {
  const { connectors } = spec;
  if (connectors === undefined) return null;
  const { mesh, number, jobId, entry, sinks, others } = surroundings;
  const failed = new AbortController();
  Promise.all(others).catch(() => {
    failed.abort();
  });
  const { grantName, JobConnectors: Opened } = await import('./job-connectors.ts');
  return Opened.open({
    connectors,
    directory: mesh.directory,
    number,
    job: { id: jobId, name: entry.name ?? grantName(spec) },
    hasHosts: (await mesh.backend).name === 'local',
    log: (text) => {
      sinks.event({ type: 'notice', text: `tsmpirun: ${text}` });
    },
    signal: new Deadline(undefined, failed.signal, entry.signal).signal,
  });
}
