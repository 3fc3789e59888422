/**
 * The other MPIs: whether they are here, how the twins are built and started.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from './child.ts';

export type PeerName = 'openmpi' | 'openmpi-tcp' | 'mpich' | 'mpi4py';
export const peerNames: readonly PeerName[] = ['openmpi', 'openmpi-tcp', 'mpich', 'mpi4py'];

/** A peer that can run. */
export interface Peer {
  readonly name: PeerName;
  readonly version: string;
  /** Starts the twin on so many ranks. `words`: the measurement, the milliseconds, the sizes; or `init`. */
  command(ranks: number, words: readonly string[]): Command;
}

/** Where the twins' sources lie, and where they may be built. */
export interface Folders {
  readonly sources: string;
  readonly build: string;
}

/** Open MPI refuses to run as root without them. */
const openMpiEnv = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
/** The same btl also where UCX is installed, which would not heed it. */
const overTcp = ['--mca', 'pml', 'ob1', '--mca', 'btl', 'self,tcp', '--mca', 'btl_tcp_if_include', 'lo'];
const sources = ['twin.c', 'measure.c', 'point_to_point.c', 'collectives.c'];
/** Debian's python sees Debian's packages; another one may come first in PATH. */
const pythons = ['/usr/bin/python3', 'python3'];

/** The peer, or one line that says what is lacking and how to get it. */
export function findPeer(name: PeerName, folders: Folders): Peer | string {
  switch (name) {
    case 'openmpi':
      return inC(name, 'openmpi', 'openmpi-bin libopenmpi-dev', folders, []);
    case 'openmpi-tcp':
      return inC(name, 'openmpi', 'openmpi-bin libopenmpi-dev', folders, overTcp);
    case 'mpich':
      return inC(name, 'mpich', 'mpich libmpich-dev', folders, []);
    case 'mpi4py':
      return inPython(folders);
  }
}

function inC(
  name: PeerName,
  flavour: 'openmpi' | 'mpich',
  packages: string,
  folders: Folders,
  more: readonly string[],
): Peer | string {
  const missing = `${name}: not installed; apt install gcc ${packages}`;
  const program = join(folders.build, `twin-${flavour}`);
  const built = spawnSync(`mpicc.${flavour}`, ['-O3', '-o', program, ...sources], { cwd: folders.sources });
  if (built.error !== undefined) return missing;
  if (built.status !== 0) return `${name}: the twin does not compile: ${lastLine(built.stderr.toString())}`;
  const told = spawnSync(`mpirun.${flavour}`, ['--version']);
  if (told.error !== undefined) return missing;
  const command = (ranks: number, words: readonly string[]): Command =>
    mpirun(flavour, ranks, [...more, program, ...words], folders);
  return { name, version: versionIn(told.stdout.toString()), command };
}

function inPython(folders: Folders): Peer | string {
  const probe = 'import mpi4py, numpy; from mpi4py import MPI; print(mpi4py.__version__, MPI.Get_library_version())';
  for (const python of pythons) {
    const found = spawnSync(python, ['-c', probe], { env: { ...process.env, ...openMpiEnv } });
    if (found.error !== undefined || found.status !== 0) continue;
    const flavour = found.stdout.toString().includes('Open MPI') ? 'openmpi' : 'mpich';
    const program = join(folders.sources, 'twin.py');
    const command = (ranks: number, words: readonly string[]): Command =>
      mpirun(flavour, ranks, [python, program, ...words], folders);
    return { name: 'mpi4py', version: versionIn(found.stdout.toString()), command };
  }
  return 'mpi4py: not installed; apt install python3-mpi4py python3-numpy';
}

function mpirun(flavour: 'openmpi' | 'mpich', ranks: number, words: readonly string[], { build }: Folders): Command {
  const crowded = flavour === 'openmpi' && ranks > availableParallelism() ? ['--oversubscribe'] : [];
  const args = ['-n', String(ranks), ...crowded, ...words];
  return { file: `mpirun.${flavour}`, args, cwd: build, env: flavour === 'openmpi' ? openMpiEnv : {} };
}

/** The first thing in it that looks like one. */
function versionIn(text: string): string {
  return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0] ?? '';
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? '';
}
