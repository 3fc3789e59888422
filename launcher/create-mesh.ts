/** Meshes that hold several jobs, as long as their creator wants them. */
import { jobNameBytesMax } from '../runtime/core/limits.ts';
import type { Backend } from './backends/backend.ts';
import { type Job, launchWith } from './launch.ts';
import { checkLaunch, checkMeshOptions } from './launch-checks.ts';
import { backendName, type LaunchOptions, refuse, specOf, throwIfCancelled } from './launch-options.ts';
import { Mesh as SupervisedMesh } from './supervise/mesh.ts';
import { startInMesh } from './supervise/start-job.ts';

/**
 * How a mesh is made.
 * @example
 * const options: MeshOptions = { backend: 'process' };
 * await using mesh = await createMesh(options);
 */
export interface MeshOptions {
  /** A backend's name, 'local' by default, or one built by hand: of all its jobs. */
  backend?: string | Backend;
  /** Aborting it ends the mesh. */
  signal?: AbortSignal;
}

/**
 * A mesh that its creator's life bounds. Jobs come and go while it stands, and find each other by name
 * (`Communicator.connect`); no sandbox outside of it reaches them. When it is disposed, or its creator dies, its jobs
 * end and nothing of it is left.
 * @example
 * async function serve(mesh: Mesh): Promise<number> {
 *   const job = await mesh.launch('server.ts', { ranks: 2, name: 'server' });
 *   return (await job.done).exitCode;
 * }
 */
export interface Mesh extends AsyncDisposable {
  readonly id: string;
  /**
   * Starts a job in it, as `launch` does. Others find it by its `name` (its identifier when left out), which no other
   * job that runs has: ERR_ARGUMENT.
   */
  launch(script: string | URL, options: LaunchOptions & { name?: string }): Promise<Job>;
}

/**
 * Makes a mesh. Rejects with ERR_ARGUMENT for options that make no sense, with ERR_CANCELLED when its signal has
 * aborted, with ERR_LAUNCH when no place for it can be found on this machine; nothing is left then.
 *
 * @example
 * ```ts
 * import { createMesh } from 'tsmpi/launcher';
 * await using mesh = await createMesh();
 * const solver = await mesh.launch('solver.ts', { ranks: 8, name: 'solver' });
 * const viewer = await mesh.launch('viewer.ts', { ranks: 1, name: 'viewer' });
 * await Promise.all([solver.done, viewer.done]);
 * ```
 */
export async function createMesh(options: MeshOptions = {}): Promise<Mesh> {
  checkMeshOptions(options);
  const { backend, signal } = options;
  const named = backendName(backend);
  throwIfCancelled(signal, 'createMesh');
  const tell = (): void => undefined;
  const mesh = await SupervisedMesh.open({
    backend: typeof backend === 'object' ? backend : named,
    isOpen: true,
    tell,
  });
  const close = (): Promise<void> => mesh.close();
  const onAbort = (): void => {
    // Who disposes of it hears how that went.
    close().catch(() => undefined);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.all([mesh.backend, mesh.service]);
    throwIfCancelled(signal, 'createMesh');
  } catch (error) {
    signal?.removeEventListener('abort', onAbort);
    await close();
    throw error;
  }
  return {
    id: mesh.id,
    launch: (script, given) => mesh.during(launchIn(mesh, script, given, backend)),
    [Symbol.asyncDispose]: () => {
      signal?.removeEventListener('abort', onAbort);
      return close();
    },
  };
}

async function launchIn(
  mesh: SupervisedMesh,
  script: string | URL,
  options: LaunchOptions & { name?: string },
  backend: MeshOptions['backend'],
): Promise<Job> {
  checkLaunch(script, options);
  const { name } = options;
  if (name !== undefined && (name === '' || Buffer.byteLength(name) > jobNameBytesMax)) {
    refuse(
      `the name ${JSON.stringify(name)} was passed`,
      `pass 1 to ${String(jobNameBytesMax)} bytes, or leave it out`,
    );
  }
  if (options.backend !== undefined && options.backend !== (backend ?? 'local')) {
    refuse('the job has another backend than its mesh', 'pass it to createMesh, and leave it out here');
  }
  const startedMs = performance.now();
  return launchWith(
    specOf(script, { ...options, ...(backend === undefined ? {} : { backend }) }),
    options,
    (spec, sinks, parts) =>
      startInMesh(mesh, spec, sinks, { ...parts, ...(name === undefined ? {} : { name }), startedMs, isLast: false }),
  );
}
