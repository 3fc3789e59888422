/** What `tsmpi.config.ts` says. */
import { parseAddress } from '../../connectors/wire/address.ts';
import { badField, fieldsOf, textOf } from '../../connectors/wire/checked-fields.ts';
import { backendNames } from '../backends/create-backend.ts';
import { type ConnectorGrant, parseGrants } from '../../connectors/gateway/policy.ts';

/**
 * What holds for all jobs that are started in a folder.
 * @example
 * const config: Config = { backend: 'local', connectors: { warehouse: { agent: 'dc1' } } };
 */
export interface Config {
  /** Of jobs that name none. */
  backend?: string;
  /** Options of backends, by name: none takes any yet. */
  backends?: Record<string, unknown>;
  /** By resource name: who may use it. The first of two grants; the connector's own agent gives the second. */
  connectors?: Record<string, ConnectorGrant>;
  /** The gateway of jobs with connectors, where the command line does not name another. */
  gateway?: {
    /** Where agents dial in, `HOST:PORT`; default '127.0.0.1:7465'. */
    listen?: string;
    /** Inner door of one that is there (`tsmpi gateway`), instead. */
    socket?: string;
    /** File of its audit log. */
    audit?: string;
  };
}

/**
 * Types the configuration, and returns it: `export default defineConfig({ … })` in `tsmpi.config.ts`.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'tsmpi/launcher';
 * export default defineConfig({
 *   connectors: { warehouse: { agent: 'dc1', jobs: ['nightly'], ranks: 'all' } },
 * });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}

const keys = ['backend', 'backends', 'connectors', 'gateway'];

function isBackend(name: string): boolean {
  return backendNames.some((each) => each === name);
}

function addressIn(text: string, place: string): void {
  if (parseAddress(text) === null)
    throw badField(place, `listen ${JSON.stringify(text)} is no address`, 'write HOST:PORT');
}

/** Throws ERR_ARGUMENT with one clear line. `place`: the file. */
export function parseConfig(value: unknown, place: string): Config {
  const fields = fieldsOf(value, place, keys);
  if (fields['backend'] !== undefined && !isBackend(textOf(fields, 'backend', place))) {
    throw badField(
      place,
      `there is no backend ${JSON.stringify(fields['backend'])}`,
      `use ${backendNames.join(' or ')}`,
    );
  }
  for (const [name, options] of Object.entries(fields['backends'] ?? {})) {
    if (!isBackend(name)) throw badField(`${place}: backends`, `there is no backend ${JSON.stringify(name)}`);
    fieldsOf(options, `${place}: backends.${name}`, []);
  }
  const gateway = fieldsOf(fields['gateway'] ?? {}, `${place}: gateway`, ['listen', 'socket', 'audit']);
  for (const key of Object.keys(gateway)) textOf(gateway, key, `${place}: gateway`);
  if (gateway['listen'] !== undefined) addressIn(textOf(gateway, 'listen', place), `${place}: gateway`);
  return {
    gateway,
    ...(fields['backend'] === undefined ? {} : { backend: textOf(fields, 'backend', place) }),
    ...(fields['connectors'] === undefined
      ? {}
      : { connectors: parseGrants(fields['connectors'], `${place}: connectors`) }),
  };
}
