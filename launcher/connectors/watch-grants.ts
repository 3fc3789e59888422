/** Grants are read again when their file changes: what is taken back ends the streams that live by it. */
import type { Grants } from '../../connectors/gateway/policy.ts';
import { watchFile } from '../../connectors/wire/watch-file.ts';
import { loadConfig } from '../config/load-config.ts';

/** A file that cannot be read grants nothing until it is mended. Gives what stops it. */
export function watchGrants(path: string, changed: (grants: Grants) => void, log: (line: string) => void): () => void {
  return watchFile(path, () => {
    loadConfig(path)
      .then(({ config }) => {
        changed(config.connectors ?? {});
        log(`connectors: the grants in ${path} have changed`);
      })
      .catch((error: unknown) => {
        changed({});
        log(`connectors: ${(error as Error).message}; nothing is granted until it is mended`);
      });
  });
}
