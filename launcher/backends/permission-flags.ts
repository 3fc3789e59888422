/**
 * Node's permission model as command-line flags. It holds back honest mistakes; Node's own documentation calls it a
 * seat belt and promises nothing against malicious code.
 */

export interface Permissions {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

function versionOf(text: string): [major: number, minor: number] {
  const [major, minor] = text.replace(/^v/, '').split('.').map(Number);
  return [major ?? 0, minor ?? 0];
}

/** The flag that switches the model on: it left its experiment in 22.13 and 23.5. */
function switchOf(major: number, minor: number): string {
  const stable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return stable ? '--permission' : '--experimental-permission';
}

/** `--disable-warning` came with 20.11 and 21.3. */
function canSilence(major: number, minor: number): boolean {
  return major > 21 || (major === 21 && minor >= 3) || (major === 20 && minor >= 11);
}

/**
 * Flags for the Node of `version` (`process.version`): worker threads, unix sockets, and the given places; no addons,
 * no
 * child processes. A directory's flag covers what lies below it.
 */
export function permissionFlags({ read, write }: Permissions, version: string = process.version): string[] {
  const [major, minor] = versionOf(version);
  return [
    switchOf(major, minor),
    '--allow-worker',
    // From 25 on the model also covers the network, unix sockets included.
    ...(major >= 25 ? ['--allow-net'] : []),
    ...[...read, ...write].map((path) => `--allow-fs-read=${path}`),
    ...write.map((path) => `--allow-fs-write=${path}`),
    // Both would be printed by every sandbox; the launcher's notice has said it once.
    ...(canSilence(major, minor) ? ['--disable-warning=ExperimentalWarning', '--disable-warning=SecurityWarning'] : []),
  ];
}
