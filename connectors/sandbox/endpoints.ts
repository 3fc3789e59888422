/**
 * What unmodified clients dial inside a sandbox: for each resource a port of a loopback address and a unix socket. Each
 * connection becomes a stream; where the stream is cut, the client sees a reset, and never an end of file.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { joinStreams } from '../wire/join-streams.ts';
import { resetting } from '../wire/resetting.ts';
import { openStream } from '../wire/open-stream.ts';
import { type ConnectorPlace, endpointsFolder } from '../../runtime/core/connectors.ts';

export class Endpoints {
  /** Where `NAME.json` says where a resource is dialled. */
  readonly #folder: string;
  readonly #place: ConnectorPlace;
  readonly #rank: number;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** `rank`: in whose name connections are opened, as the gateway counts. */
  constructor(place: ConnectorPlace, rank: number) {
    [this.#place, this.#rank] = [place, rank];
    this.#folder = endpointsFolder(place);
  }

  /** Rejects with ERR_LAUNCH where an address cannot be listened on. */
  async listen(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const { name, host, port } of this.#place.resources) {
      const path = join(this.#folder, `${name}.sock`);
      const address = this.#place.hasHosts ? { host, port } : { host: '127.0.0.1', port: 0 };
      await this.#serve(name, { path });
      const server = await this.#serve(name, address);
      const { port: bound } = server.address() as AddressInfo;
      writeFileSync(join(this.#folder, `${name}.json`), JSON.stringify({ host: address.host, port: bound, path }));
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #serve(resource: string, address: { path: string } | { host: string; port: number }): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      void this.#pass(resource, socket);
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new TsmpiError('ERR_LAUNCH', `cannot listen for ${resource} (${error.code ?? error.message})`));
      });
      server.listen(address, () => resolve(server));
    });
  }

  async #pass(resource: string, socket: Socket): Promise<void> {
    const client = resetting(socket);
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    socket.once('close', onClose).on('error', () => undefined);
    const { door, secret } = this.#place;
    const request = { door, secret, rank: this.#rank, resource, endpoint: true, where: resource, signal: gone.signal };
    try {
      const stream = await openStream(request);
      socket.off('close', onClose);
      await joinStreams(client, stream);
    } catch (error) {
      // The launcher tells why: a client has no way to hear it.
      client.destroy(error as Error);
    }
  }
}
