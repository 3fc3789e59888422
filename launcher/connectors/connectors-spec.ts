/** The connectors of a job, from what was asked for and what the configuration grants. */
import { dirname, resolve } from 'node:path';
import { type HostPort, parseAddress } from '../../connectors/wire/address.ts';
import { statePath } from '../../connectors/wire/files.ts';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { ConnectorsSpec } from '../job-spec.ts';

/** What a command line, or a program, says of them. It wins over the configuration. */
export interface WantedConnectors {
  readonly names: readonly string[];
  readonly listen?: HostPort | undefined;
  /** Inner door of a gateway that is there. */
  readonly gateway?: string | undefined;
  readonly audit?: string | undefined;
}

/** Other hosts are let in only where the user says so. */
export const usualListen: HostPort = { host: '127.0.0.1', port: 7465 };

/** Undefined where there are none. Throws ERR_DENIED where no grant names one: nothing has started then. */
export function connectorsSpec(wanted: WantedConnectors, { config, path }: LoadedConfig): ConnectorsSpec | undefined {
  const { names } = wanted;
  if (names.length === 0) return undefined;
  const { gateway: configured = {}, connectors: grants = {} } = config;
  const folder = path === undefined ? process.cwd() : dirname(path);
  const socket = wanted.gateway ?? (wanted.listen === undefined ? configured.socket : undefined);
  if (socket !== undefined) return { resources: names, gateway: { socket: resolve(folder, socket) } };
  const unknown = names.find((name) => !Object.hasOwn(grants, name));
  if (unknown !== undefined) throw ungranted(unknown, Object.keys(grants), path);
  const audit = wanted.audit ?? configured.audit;
  return {
    resources: names,
    gateway: {
      listen: wanted.listen ?? parseAddress(configured.listen ?? '') ?? usualListen,
      state: statePath('gateway', process.env),
      grants,
      ...(audit === undefined ? {} : { audit: resolve(folder, audit) }),
      ...(path === undefined ? {} : { configPath: path }),
    },
  };
}

function ungranted(name: string, known: readonly string[], path: string | undefined): TsmpiError {
  const place = path ?? 'tsmpi.config.ts, which is not there';
  return new TsmpiError('ERR_DENIED', `no grant names connector ${name} in ${place}`, {
    where: 'launch',
    remedy:
      known.length === 0
        ? `add connectors: { ${JSON.stringify(name)}: { agent: 'NAME' } } to it`
        : `it grants ${known.join(', ')}`,
  });
}
