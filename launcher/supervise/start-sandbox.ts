/** What every world of a job is started with: its programs bundled, its sandboxes made by the backend. */
import { type Bootstrap, encodeBootstrap } from '../../runtime/sandbox/bootstrap.ts';
import type { Backend } from '../backends/backend.ts';
import { type Bundle, bundleProgram } from '../bundle/bundle-program.ts';
import type { JobSpec } from '../job-spec.ts';
import type { JobArea } from './job-area.ts';
import type { RunningJob } from './job.ts';
import type { Mesh } from './mesh.ts';
import { thisPackage } from './package-root.ts';
import type { Place } from './placement.ts';
import type { Connectors, Plan } from './plan.ts';

/** What the sandboxes of a job stand on. */
export interface Ground {
  readonly spec: JobSpec;
  readonly mesh: Mesh;
  readonly area: JobArea;
  /** See `MeshOptions` of a sandbox: the same for all of the job. */
  readonly listener: Bootstrap['listener'];
  readonly backend: Backend;
  readonly job: RunningJob;
  readonly connectors: Connectors | null;
  /** Aborted at the end of the job. */
  readonly signal: AbortSignal;
}

export function bundleFor({ cwd }: JobSpec, script: string, outDirectory: string): Promise<Bundle> {
  return bundleProgram({ script, outDirectory, cwd, tsmpiRoot: thisPackage().root });
}

/** Starts one sandbox for the job to adopt, or has it forgo it. Never rejects. */
export async function startSandbox(place: Place, plan: Plan, { spec, backend, job, signal }: Ground): Promise<void> {
  if (job.ending) {
    job.forgo(place);
    return;
  }
  try {
    const sandbox = await backend.start({
      jobId: plan.jobId,
      index: place.index,
      command: thisPackage().agent,
      cwd: spec.cwd,
      bootstrap: encodeBootstrap(plan.bootstrapOf(place)),
      limits: {
        ...(spec.memoryMiB === undefined ? {} : { memoryMiB: spec.memoryMiB }),
        ...(spec.cpus === undefined ? {} : { cpus: spec.cpus }),
      },
      mounts: plan.mounts,
      env: spec.env,
      signal,
    });
    job.adopt(place, sandbox);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    job.forgo(place, `sandbox ${String(place.index)} did not start: ${what}`);
  }
}
