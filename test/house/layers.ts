import type { SourceFile } from './source-files.ts';

interface Layer {
  readonly name: string;
  readonly holds: RegExp;
  /** Names of the layers that it may import besides itself. */
  readonly below: readonly string[];
}

const underRuntime = ['core', 'transport', 'mesh', 'rendezvous', 'comm', 'entry', 'collectives'];

/** Most particular first: a file belongs to the first layer that holds it. */
const layers: readonly Layer[] = [
  { name: 'core', holds: /^runtime\/core\//, below: [] },
  { name: 'mesh', holds: /^runtime\/transport\/mesh\//, below: ['transport', 'core'] },
  { name: 'transport', holds: /^runtime\/transport\//, below: ['core'] },
  { name: 'rendezvous', holds: /^runtime\/rendezvous\//, below: ['transport', 'core'] },
  { name: 'comm', holds: /^runtime\/comm\//, below: ['transport', 'core'] },
  { name: 'connector-wire', holds: /^connectors\/wire\//, below: ['core'] },
  { name: 'connector-rank', holds: /^connectors\/(?:rank\/|index\.ts$)/, below: ['connector-wire', 'comm', 'core'] },
  { name: 'connectors', holds: /^connectors\//, below: ['connector-wire', 'core'] },
  { name: 'bootstrap', holds: /^runtime\/sandbox\/bootstrap\.ts$/, below: ['core'] },
  {
    name: 'attach',
    holds: /^runtime\/(?:sandbox\/attach|attached)\.ts$/,
    // An agent and an engine for the program that launches.
    below: ['sandbox', 'bootstrap', ...underRuntime],
  },
  { name: 'sandbox', holds: /^runtime\/sandbox\//, below: [...underRuntime, 'bootstrap', 'connectors'] },
  { name: 'entry', holds: /^runtime\/[\w-]+\.ts$/, below: ['collectives', 'comm', 'transport', 'core'] },
  { name: 'collectives', holds: /^collectives\//, below: ['comm', 'core'] },
  {
    name: 'launcher',
    holds: /^launcher\//,
    below: ['attach', 'collectives', 'connectors', 'connector-wire', 'rendezvous', 'mesh', 'bootstrap', 'core'],
  },
  { name: 'examples', holds: /^examples\//, below: [] },
  { name: 'benchmarks', holds: /^benchmarks\//, below: [] },
  { name: 'demo', holds: /^demo\//, below: ['test'] },
  {
    name: 'ci',
    holds: /^\.ci\//,
    // The build runs what it packs.
    below: ['test', 'launcher', 'rendezvous', 'bootstrap'],
  },
  { name: 'test', holds: /^test\//, below: ['launcher', 'sandbox', 'bootstrap', 'benchmarks', ...underRuntime] },
];

function layerOf(path: string): Layer | undefined {
  return layers.find((layer) => layer.holds.test(path));
}

/** One line for each import that points up or sideways. */
export function layerFaults(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const { path, imports } of files) {
    const from = layerOf(path);
    if (from === undefined) {
      faults.push(`${path} is in no layer; move it into a folder of docs/ARCHITECTURE.md`);
      continue;
    }
    for (const target of imports) {
      const to = layerOf(target);
      if (to?.name === from.name || from.below.includes(to?.name ?? '')) continue;
      const allowed = from.below.length === 0 ? 'nothing of ours by path' : from.below.join(', ');
      faults.push(
        `${path} imports ${target}: ${from.name} may import ${allowed}; move what it needs down, or inject it`,
      );
    }
  }
  return faults;
}

/** One line for each cycle of imports, types included: two files that need each other are one concept, or three. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  // `trail` is the chain of imports that led to `path`, so meeting one of it again closes a cycle.
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(`${[...trail.slice(start), path].join(' → ')}; move what both need into a file below them`);
      return;
    }
    if (done.has(path)) return;
    for (const target of byPath.get(path)?.imports ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}
