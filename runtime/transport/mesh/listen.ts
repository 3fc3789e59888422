/** Which of the two listeners a sandbox has. */
import { chownSync } from 'node:fs';
import type { MeshOptions } from './options.ts';
import type { Doorkeeper, Listener } from './wire.ts';

/** Starts uWebSockets.js where it may and can run, else `ws`. Each is loaded only when it is used. */
export async function startListener(options: MeshOptions, door: Doorkeeper): Promise<Listener> {
  if (options.listener !== 'ws') {
    const { loadNative } = await import('./native.ts');
    const result = loadNative({ isChecked: options.listener === 'checked' });
    if ('native' in result) {
      const { listenUws } = await import('./listen-uws.ts');
      return listenUws(result.native, options.listenPath, door);
    }
    options.log(`mesh: listening with ws, because ${result.why}`);
  }
  const { listenWs } = await import('./listen-ws.ts');
  const listener = await listenWs(options.listenPath, door);
  if (options.owner !== undefined) chownSync(options.listenPath, options.owner.uid, options.owner.gid);
  return listener;
}
