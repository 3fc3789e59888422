/** Where agents dial in: TLS 1.3, and what they are come for. */
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { agentOf, Protocols } from '../wire/identity.ts';
import { handshakeTimeoutMs, strangersMax } from '../wire/limits.ts';
import { readLine } from '../wire/read-line.ts';
import { AgentSession, type SessionEvents } from './agent-session.ts';
import type { Authority } from './authority.ts';
import type { Enrolments } from './enrolments.ts';

export interface ReceptionOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly authority: Authority;
  readonly enrolments: Enrolments;
  readonly events: SessionEvents;
  readonly log: (line: string) => void;
}

export class Reception {
  readonly #options: ReceptionOptions;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  /** By address: who has not yet shown a certificate, or asked for one. */
  readonly #strangers = new Set<string>();

  /** Rejects with ERR_LAUNCH when the address cannot be listened on. */
  static async listen(options: ReceptionOptions): Promise<Reception> {
    const reception = new Reception(options);
    await reception.#listen();
    return reception;
  }

  private constructor(options: ReceptionOptions) {
    this.#options = options;
    const { authority } = options;
    this.#server = createServer({
      ...authority.gateway,
      ca: authority.certificate,
      requestCert: true,
      // Who enrols has no certificate yet; what the others have is looked at below.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      ALPNProtocols: Object.values(Protocols),
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.maxConnections = 4096;
    this.#server.on('connection', (socket: Socket) => {
      const address = addressOf(socket);
      // Before TLS nobody has proved anything: only so many at once.
      if (this.#strangers.size >= strangersMax) socket.destroy();
      else this.#strangers.add(address);
      socket.once('close', () => this.#strangers.delete(address));
    });
    this.#server.on('secureConnection', (socket) => {
      try {
        this.#receive(socket);
      } catch {
        // It was gone before it was looked at.
        socket.destroy();
      }
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          new TsmpiError(
            'ERR_LAUNCH',
            `the gateway cannot listen on ${host}:${String(port)} (${error.code ?? error.message})`,
            {
              where: 'gateway',
              remedy:
                error.code === 'EADDRINUSE'
                  ? 'another gateway is there, most likely: let jobs use that one (tsmpi gateway), or listen elsewhere'
                  : 'give another --gateway-listen HOST:PORT',
              cause: error,
            },
          ),
        );
      });
      this.#server.listen(port, host, () => resolve());
    });
  }

  #receive(socket: TLSSocket): void {
    this.#strangers.delete(addressOf(socket));
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    switch (socket.alpnProtocol) {
      case Protocols.session:
        this.#openSession(socket);
        return;
      case Protocols.enrol:
      case Protocols.renew:
        void this.#certify(socket, socket.alpnProtocol === Protocols.enrol);
        return;
      default:
        socket.destroy();
    }
  }

  #openSession(socket: TLSSocket): void {
    const identity = socket.authorized ? agentOf(socket.getPeerCertificate()) : null;
    if (identity === null) {
      this.#options.log(`connectors: ${addressOf(socket)} was refused: it has no certificate of ours`);
      socket.destroy();
      return;
    }
    const session = new AgentSession(socket, identity, this.#options.events);
    const refusal = this.#options.enrolments.refusal(identity);
    if (refusal === null) return;
    this.#options.log(`connectors: ${refusal}`);
    session.end(refusal);
  }

  /** One line each way: a token and a request; a certificate, and what grants are checked with. */
  async #certify(socket: TLSSocket, enrols: boolean): Promise<void> {
    const { authority, enrolments, log } = this.#options;
    try {
      const asked = JSON.parse(await readLine(socket, handshakeTimeoutMs)) as { token?: unknown; request?: unknown };
      const agent = enrols ? enrolments.redeem(String(asked.token)) : this.#known(socket);
      const certificate = await authority.certify(String(asked.request), agent);
      if (enrols) log(`connectors: agent ${agent.agent} is enrolled`);
      const answer = { certificate, authority: authority.certificate, grantKey: authority.grantKeys.public };
      socket.end(`${JSON.stringify(answer)}\n`);
    } catch (error) {
      const why = error instanceof TsmpiError ? error.message : 'the request cannot be read';
      log(`connectors: ${enrols ? 'an enrolment' : 'a renewal'} was refused: ${why}`);
      socket.end(`${JSON.stringify({ refused: why })}\n`);
    }
  }

  #known(socket: TLSSocket): { agent: string; enrolment: string } {
    const identity = socket.authorized ? agentOf(socket.getPeerCertificate()) : null;
    const refusal = identity === null ? 'no certificate of ours' : this.#options.enrolments.refusal(identity);
    if (identity !== null && refusal === null) return identity;
    throw new TsmpiError('ERR_DENIED', refusal ?? 'no certificate of ours', { where: 'renewal' });
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? '?'}:${String(remotePort ?? 0)}`;
}
