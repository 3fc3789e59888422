/** What a sandbox and its ranks know of the connectors of their job. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A resource, and where it is dialled inside a sandbox that has a file of hosts. */
export interface PlacedResource {
  readonly name: string;
  /** What is behind it: tcp, http, s3, files, postgres. */
  readonly kind: string;
  readonly host: string;
  readonly port: number;
}

/** What a sandbox is told of the resources that its job was started with. */
export interface ConnectorPlace {
  /** Path of the unix socket at which streams are asked for. */
  readonly door: string;
  /** By which the gateway knows the sandbox. */
  readonly secret: string;
  /** Number of the job's first rank in its mesh: the gateway counts from there. */
  readonly firstRank: number;
  readonly resources: readonly PlacedResource[];
  /** Where the agent puts what it listens on; absent: into its folder for temporary files. */
  readonly folder?: string;
  /** False: there is no file of hosts in the sandbox, and ports are free ones of 127.0.0.1. */
  readonly hasHosts: boolean;
}

/** What a rank is told of it. */
export interface RankConnectors {
  readonly door: string;
  readonly secret: string;
  /** Its own number, as the gateway counts. */
  readonly rank: number;
  /** By name: the kind that its agent gives it. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Where `NAME.json` says where clients dial. */
  readonly folder: string;
}

/** Where that is. */
export function endpointsFolder({ folder }: ConnectorPlace): string {
  return join(folder ?? tmpdir(), 'tsmpi-connectors');
}
