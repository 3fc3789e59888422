/**
 * By what an agent is known to its gateway: a key that is made here and never leaves, a certificate, and what grants
 * are checked with. Kept in the agent's state, so that it enrols once.
 */
import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { HostPort } from '../wire/address.ts';
import { textsUnder } from '../wire/checked-fields.ts';
import { privateFolder, readDocument, writePrivate } from '../wire/files.ts';
import { certificateAlgorithm, keyPair } from '../wire/key-pair.ts';
import { agentOf, gatewayIdentity, Protocols, urisOf } from '../wire/identity.ts';
import { handshakeTimeoutMs } from '../wire/limits.ts';
import { withoutCode } from '../wire/messages.ts';
import { readLine } from '../wire/read-line.ts';
import type { EnrolmentToken } from '../wire/token.ts';

/** `token`: hash of the one that was used. */
const keys = ['key', 'certificate', 'authority', 'grantKey', 'token'] as const;

type Documents = Readonly<Record<(typeof keys)[number], string>>;

export class Membership {
  readonly #path: string;
  #documents: Documents;

  /** What the state holds; null where the agent has not enrolled. */
  static read(folder: string): Membership | null {
    privateFolder(folder);
    const path = join(folder, 'membership.json');
    const found = readDocument(path);
    if (found === undefined) return null;
    return new Membership(path, textsUnder(found, path, keys));
  }

  /** Enrols with a token, which is used up. Rejects with ERR_DENIED, with ERR_CONNECTOR where nobody answers. */
  static async enrol(folder: string, gateway: HostPort, token: EnrolmentToken): Promise<Membership> {
    privateFolder(folder);
    const path = join(folder, 'membership.json');
    const { key, request } = await makeRequest();
    const socket = await dialGateway(gateway, Protocols.enrol, {
      // The authority is not known yet, but for its fingerprint: it is looked at before anything is said.
      rejectUnauthorized: false,
    });
    if (!isOfAuthority(socket, token.authority)) {
      socket.destroy();
      throw new TsmpiError('ERR_DENIED', 'the gateway is not the one that made the token', {
        where: 'enrolment',
        remedy: 'check the address, and who answers there',
      });
    }
    const documents = { key, token: hashOf(token), ...(await ask(socket, { token: token.secret, request })) };
    writePrivate(path, JSON.stringify(documents));
    return new Membership(path, documents);
  }

  private constructor(path: string, documents: Documents) {
    [this.#path, this.#documents] = [path, documents];
  }

  get agent(): string {
    const name = agentOf({ subjectaltname: this.#certificate.subjectAltName ?? '' });
    if (name === null) throw new TsmpiError('ERR_ARGUMENT', `${this.#path} holds no certificate of an agent`);
    return name.agent;
  }

  /** True for the token that made it: a restart with the same file enrols no second time. */
  wasEnrolledWith(token: EnrolmentToken): boolean {
    return this.#documents.token === hashOf(token);
  }

  get grantKey(): string {
    return this.#documents.grantKey;
  }

  /** When it is to be renewed: a third of its life before its end. */
  get renewAtMs(): number {
    const { validFrom, validTo } = this.#certificate;
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    return to - (to - from) / 3;
  }

  get isExpired(): boolean {
    return Date.parse(this.#certificate.validTo) <= Date.now();
  }

  /** A session's socket. Rejects with ERR_CONNECTOR. */
  dial(gateway: HostPort): Promise<TLSSocket> {
    return dialGateway(gateway, Protocols.session, this.#credentials);
  }

  async renew(gateway: HostPort): Promise<void> {
    const { key, request } = await makeRequest();
    const socket = await dialGateway(gateway, Protocols.renew, this.#credentials);
    const documents = { key, token: this.#documents.token, ...(await ask(socket, { request })) };
    writePrivate(this.#path, JSON.stringify(documents));
    this.#documents = documents;
  }

  get #certificate(): X509Certificate {
    return new X509Certificate(this.#documents.certificate);
  }

  get #credentials(): ConnectionOptions {
    const { key, certificate, authority } = this.#documents;
    return {
      key,
      cert: certificate,
      ca: authority,
      checkServerIdentity: (_, peer) =>
        urisOf(peer).includes(gatewayIdentity) ? undefined : new Error('the certificate is not that of a gateway'),
    };
  }
}

function hashOf({ secret }: EnrolmentToken): string {
  return createHash('sha256').update(`used ${secret}`).digest('hex');
}

async function makeRequest(): Promise<{ key: string; request: string }> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const { pair, pem } = await keyPair(certificateAlgorithm);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=agent',
    keys: pair,
    signingAlgorithm: certificateAlgorithm,
  });
  return { key: pem, request: request.toString('pem') };
}

function dialGateway({ host, port }: HostPort, protocol: string, more: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [protocol],
      // The gateway is known by its certificate, whatever its address.
      servername: 'gateway.tsmpi',
      ...more,
    });
    const timer = setTimeout(() => fail(`no answer in ${String(handshakeTimeoutMs / 1000)} s`), handshakeTimeoutMs);
    const fail = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new TsmpiError('ERR_CONNECTOR', `the gateway at ${host}:${String(port)} cannot be reached (${why})`));
    };
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function isOfAuthority(socket: TLSSocket, fingerprint: string): boolean {
  const leaf = socket.getPeerX509Certificate();
  const authority = leaf?.issuerCertificate;
  if (leaf === undefined || authority === undefined) return false;
  if (createHash('sha256').update(authority.raw).digest('hex') !== fingerprint) return false;
  const isGateway = urisOf({ subjectaltname: leaf.subjectAltName ?? '' }).includes(gatewayIdentity);
  return isGateway && leaf.verify(authority.publicKey) && Date.parse(leaf.validTo) > Date.now();
}

async function ask(socket: TLSSocket, question: object): Promise<Omit<Documents, 'key' | 'token'>> {
  const answering = readLine(socket, handshakeTimeoutMs);
  socket.write(`${JSON.stringify(question)}\n`);
  try {
    const answer = JSON.parse(await answering) as Readonly<Record<string, unknown>>;
    if (typeof answer['refused'] === 'string') {
      throw new TsmpiError('ERR_DENIED', withoutCode(answer['refused']), {
        where: 'the gateway says',
      });
    }
    return textsUnder(answer, 'the answer of the gateway', ['certificate', 'authority', 'grantKey']);
  } finally {
    socket.destroy();
  }
}
