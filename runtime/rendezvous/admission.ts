import { createHash, timingSafeEqual } from 'node:crypto';
import { unixPathBytesMax } from '../core/limits.ts';
import { protocolVersion } from '../transport/header.ts';
import type { ExpectedSandbox, RendezvousServiceOptions, SandboxHello } from './options.ts';
import { type FromSandbox, foreign } from './protocol.ts';

/** Who is let in, or in words why not. */
export type Admission =
  | { readonly admitted: true; readonly hello: SandboxHello }
  | { readonly admitted: false; readonly code: 'ERR_DENIED' | 'ERR_PROTOCOL'; readonly words: string };

/** The tokens of one job. Each opens the door once. */
export class Admissions {
  readonly #options: RendezvousServiceOptions;
  /** By sandbox: the digest of its token, until it is used. */
  readonly #unused = new Map<number, Buffer>();
  readonly #ranks = new Map<number, readonly number[]>();

  constructor(options: RendezvousServiceOptions) {
    this.#options = options;
  }

  /** These may come too. */
  expect(sandboxes: readonly ExpectedSandbox[]): void {
    for (const { index, ranks, token } of sandboxes) {
      this.#unused.set(index, digest(token));
      this.#ranks.set(index, ranks);
    }
  }

  /** It must not come any more. */
  forgo(index: number): void {
    this.#unused.delete(index);
    this.#ranks.delete(index);
  }

  /** Judges the first message of a Join stream. A token that is accepted is used up by it. */
  judge(message: FromSandbox): Admission {
    const elsewhere = foreign(this.#options, message);
    if (elsewhere !== null) return refuse('ERR_PROTOCOL', elsewhere);
    if (message.body !== 'hello') {
      return refuse('ERR_PROTOCOL', `the first message is ${message.body ?? 'empty'}, not a hello`);
    }
    const { protocol = 0, tsmpiVersion = '', token = '', sandbox = 0 } = message.hello;
    if (protocol !== protocolVersion) {
      return refuse(
        'ERR_PROTOCOL',
        `protocol version ${String(protocol)}, this launcher speaks ${String(protocolVersion)}`,
      );
    }
    if (tsmpiVersion !== this.#options.tsmpiVersion) {
      const theirs = tsmpiVersion === '' ? 'without a version' : `version ${tsmpiVersion.slice(0, 64)}`;
      return refuse('ERR_PROTOCOL', `tsmpi ${theirs}, this launcher is version ${this.#options.tsmpiVersion}`);
    }
    // Digests are of one length and compared in constant time, whether the sandbox is known or not.
    const expected = this.#unused.get(sandbox);
    const matches = timingSafeEqual(digest(token), expected ?? nobody);
    if (!matches || expected === undefined) {
      const what = `the join token for sandbox ${String(sandbox)} is wrong or was used before, or the job is over`;
      return refuse('ERR_DENIED', what);
    }
    return this.#checkHello(message.hello);
  }

  /** What an owner of the token says of itself must still be what the launcher planned. */
  #checkHello(said: NonNullable<FromSandbox['hello']>): Admission {
    const { sandbox = 0, ranks = [], meshAddress = '', nodeVersion = '' } = said;
    const planned = this.#ranks.get(sandbox) ?? [];
    if (ranks.length !== planned.length || ranks.some((rank, nth) => rank !== planned[nth])) {
      return refuse(
        'ERR_PROTOCOL',
        `sandbox ${String(sandbox)} claims ranks ${list(ranks)}, it was given ${list(planned)}`,
      );
    }
    const bytes = Buffer.byteLength(meshAddress);
    if (bytes === 0 || bytes > unixPathBytesMax) {
      return refuse(
        'ERR_PROTOCOL',
        `a mesh address of ${String(bytes)} bytes, 1 to ${String(unixPathBytesMax)} are possible`,
      );
    }
    this.#unused.delete(sandbox);
    return {
      admitted: true,
      hello: { index: sandbox, ranks: [...ranks], meshAddress, nodeVersion: nodeVersion.slice(0, 64) },
    };
  }
}

function refuse(code: 'ERR_DENIED' | 'ERR_PROTOCOL', words: string): Admission {
  return { admitted: false, code, words };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Compared with when there is nothing to compare with. No token has this digest that anybody knows of. */
const nobody = Buffer.alloc(32);

function list(ranks: readonly number[]): string {
  const shown = ranks.slice(0, 16).join(', ');
  return ranks.length > 16 ? `${shown} … (${String(ranks.length)})` : `[${shown}]`;
}
