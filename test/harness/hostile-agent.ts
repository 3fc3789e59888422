/** An agent that is enrolled as any other, and then does what it likes. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { PrivateNetwork } from './private-network.ts';

export class HostileAgent {
  readonly #network: PrivateNetwork;
  readonly #name: string;
  readonly #sockets: TLSSocket[] = [];

  /** Enrols, by way of an agent that is not hostile yet. */
  static async enrol(network: PrivateNetwork, name: string): Promise<HostileAgent> {
    const honest = await network.agent(name);
    await honest.says(/connected to the gateway/u);
    await honest.stop();
    return new HostileAgent(network, name);
  }

  private constructor(network: PrivateNetwork, name: string) {
    [this.#network, this.#name] = [network, name];
  }

  /** A connection to the gateway with its certificate. */
  async dial(): Promise<TLSSocket> {
    const path = join(this.#network.directory, `state-of-${this.#name}`, 'membership.json');
    const { key, certificate, authority } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const socket = connect({
      ...{ host: '127.0.0.1', port: this.#network.port, servername: 'gateway.tsmpi', ALPNProtocols: ['h2'] },
      ...{ key, cert: certificate, ca: authority, checkServerIdentity: () => undefined },
    });
    this.#sockets.push(socket);
    await once(socket, 'secureConnect');
    socket.on('error', () => undefined);
    return socket;
  }

  /** Serves a session as agents do, with these two answers; resolves when the gateway has asked for the first. */
  async serve(register: (stream: ServerHttp2Stream) => void, open: (stream: ServerHttp2Stream) => void): Promise<void> {
    const server = createServer();
    server.on('sessionError', () => undefined);
    const registered = new Promise<void>((resolve) => {
      server.on('stream', (stream, headers) => {
        stream.on('error', () => undefined).resume();
        if (headers[':path'] !== '/v1/registration') {
          open(stream);
          return;
        }
        register(stream);
        resolve();
      });
    });
    const socket = await this.dial();
    server.emit('connection', socket);
    await Promise.race([registered, new Promise((resolve) => socket.once('close', resolve))]);
  }

  /** Ends its connections. */
  end(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }
}

/** One frame of HTTP/2 (RFC 9113, 4.1). */
export function http2Frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
