/**
 * Loads uWebSockets.js, an optional native addon. Its file is run only when it is one of the files that this package
 * was tested with: a changed byte is refused, and the mesh listens with `ws` instead.
 */
import { createHash, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as uWebSockets from 'uWebSockets.js';

/** The addon's functions. */
export type Native = typeof uWebSockets;

/** SHA-256 of the native files of `uwebsockets@3.0.6`, by file name. Node 20, 22, 24 and 25 have ABI 115 to 141. */
const known: Readonly<Record<string, string>> = {
  'uws_linux_x64_115.node': 'f4fa5d7b697529b45ac8aa3d57385d9af51bc1d2b26aa9f5b68ca4361542e665',
  'uws_linux_x64_127.node': '78e38a9a163b1cf33ce539619e5908111dea95a12e7943d95fbcdd524879caa8',
  'uws_linux_x64_137.node': '3b549c14e01d9d1faf234cdf4b6f0fb08158605e3692cd0eb1b905e327bd3449',
  'uws_linux_x64_141.node': 'd22bae7642b872152cd0eeb682c6c2ffd186e91af8cf18cdf98be984a6549d49',
  'uws_linux_arm64_115.node': '034e0fcccdc08f90df3b130f421516311831b1352fe38eab91abc2984c2fdf3a',
  'uws_linux_arm64_127.node': 'a7d9bc3ec166421a49416d5ea4f49118ae68ea1dbf8a765c4f45a79b0b6adb13',
  'uws_linux_arm64_137.node': 'b6eb007d627e00bcce03ad38f197124e9027c03f6fe784b37f97b8a6ea709cb4',
  'uws_linux_arm64_141.node': '1317f2e69ea1924ee8dd94ed02a3e6beb08e55d8b06f18caeda3d67a02857aee',
  'uws_darwin_x64_115.node': '7552dc27e278be4a5f9ca4f571676e9046929ef8753b1bb63b84f78e1a752a11',
  'uws_darwin_x64_127.node': '1bcd63a9cd5cda811d899b80f9b1f7c9f29d128feafebe6976069ab1045a0335',
  'uws_darwin_x64_137.node': '7df6e0b2be43048200370a64ee91d6563879f5d3b0207f846dc81377ffc4e189',
  'uws_darwin_x64_141.node': 'f490b002468feebeeedba127e20594ec75138bb7c17e9f681a652fe5d408db7d',
  'uws_darwin_arm64_115.node': 'f6132ac4d0954ce32ed716d5b367270904c5885bc6e01dcc8ae5809a8967d504',
  'uws_darwin_arm64_127.node': '84ab0c487fbbb895afbfa24c7ac02db5922b2eb468b3a4663aaca52af29b420c',
  'uws_darwin_arm64_137.node': 'dd7623e7e600dcc1384c4a639ac05849f0c27125be8c431b702e0513e86613f0',
  'uws_darwin_arm64_141.node': 'a1c354c77958054d144a1cb1ab2b5f445e4c1454c98762eb52eef7a6cd95c0c5',
};

/** The addon, or in one clause why it is not to be had. */
export type NativeResult = { readonly native: Native } | { readonly why: string };

export interface NativeOptions {
  /** Where the package's files lie; by default that of the installed package. */
  readonly directory?: string;
  /** The file was compared already (`isNativeKnown`), and nobody has been able to change it since. */
  readonly isChecked?: boolean;
}

/** The native build for this node and system. */
const fileName = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
const require = createRequire(import.meta.url);

/** Finds, checks and loads the native build for this node and system. */
export function loadNative({ directory, isChecked = false }: NativeOptions = {}): NativeResult {
  const expected = known[fileName];
  if (expected === undefined) return { why: `uWebSockets.js has no build ${fileName}` };
  try {
    const file = pathOf(directory);
    const found = isChecked ? expected : createHash('sha256').update(readFileSync(file)).digest('hex');
    if (found !== expected) return { why: `${file} has SHA-256 ${found}, the tested build ${expected}` };
    return { native: require(file) as Native };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { why: `uWebSockets.js does not load (${message.split('\n', 1)[0] ?? ''})` };
  }
}

/**
 * True when the native build is the tested one. Hashing it takes longer than loading it: whoever starts many sandboxes
 * that see the file read-only asks once for all.
 */
export async function isNativeKnown(directory?: string): Promise<boolean> {
  const expected = known[fileName];
  if (expected === undefined) return false;
  try {
    const digest = await webcrypto.subtle.digest('SHA-256', await readFile(pathOf(directory)));
    return Buffer.from(digest).toString('hex') === expected;
  } catch {
    return false;
  }
}

function pathOf(directory = dirname(require.resolve('uWebSockets.js'))): string {
  return join(directory, fileName);
}
