/**
 * The authority of a deployment: it signs the certificates of its gateway and of the agents that it has enrolled. It
 * lives in the gateway's state, because agents stay while gateways come and go.
 */
import 'reflect-metadata';
import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { textsUnder } from '../wire/checked-fields.ts';
import { privateFolder, readDocument, writePrivate } from '../wire/files.ts';
import { certificateAlgorithm, keyPair } from '../wire/key-pair.ts';
import { type AgentIdentity, gatewayIdentity, identityOf } from '../wire/identity.ts';
import { authorityLifeMs, certificateLifeMs } from '../wire/limits.ts';

const fileName = 'authority.json';
const keys = ['authorityKey', 'authority', 'gatewayKey', 'gateway', 'grantKey', 'grantPublic'] as const;

type Documents = Readonly<Record<(typeof keys)[number], string>>;

export class Authority {
  readonly #documents: Documents;

  /** Opens that of a state folder, or makes one there. */
  static async open(folder: string): Promise<Authority> {
    x509.cryptoProvider.set(webcrypto as unknown as Crypto);
    privateFolder(folder);
    const path = join(folder, fileName);
    const found = readDocument(path) ?? (await make(path));
    return new Authority(textsUnder(found, path, keys));
  }

  private constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** PEM. */
  get certificate(): string {
    return this.#documents.authority;
  }

  /** SHA-256 of the certificate, in hexadecimal. */
  get fingerprint(): string {
    return createHash('sha256').update(new X509Certificate(this.certificate).raw).digest('hex');
  }

  /** Of the gateway's TLS side: its own certificate, and that of the authority behind it. PEM. */
  get gateway(): { readonly key: string; readonly cert: string } {
    const { gatewayKey, gateway, authority } = this.#documents;
    return { key: gatewayKey, cert: `${gateway}\n${authority}` };
  }

  /** What signs grants, and what agents check them with: PEM. */
  get grantKeys(): { readonly private: string; readonly public: string } {
    return { private: this.#documents.grantKey, public: this.#documents.grantPublic };
  }

  /** A certificate for the key of a request (PEM). Throws ERR_DENIED where it is none, or not signed by its key. */
  async certify(request: string, agent: AgentIdentity): Promise<string> {
    const parsed = parseRequest(request);
    if (parsed === null || !(await parsed.verify())) {
      throw new TsmpiError('ERR_DENIED', 'the request for a certificate cannot be read, or is not signed by its key');
    }
    return certificate({
      name: agent.agent,
      uri: identityOf(agent),
      publicKey: await parsed.publicKey.export(),
      usage: x509.ExtendedKeyUsage.clientAuth,
      lifeMs: certificateLifeMs,
      issuer: { name: new x509.X509Certificate(this.certificate).subject, key: await importKey(this.#documents) },
    });
  }
}

function parseRequest(pem: string): x509.Pkcs10CertificateRequest | null {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch {
    return null;
  }
}

interface Wanted {
  readonly name: string;
  readonly uri: string;
  readonly publicKey: CryptoKey;
  readonly usage: string;
  readonly lifeMs: number;
  readonly issuer: { readonly name: string; readonly key: CryptoKey };
}

async function certificate({ name, uri, publicKey, usage, lifeMs, issuer }: Wanted): Promise<string> {
  const now = Date.now();
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: `CN=${name}`,
    issuer: issuer.name,
    // A minute for clocks that differ.
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + lifeMs),
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: certificateAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([usage], true),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: uri }]),
    ],
  });
  return made.toString('pem');
}

function importKey({ authorityKey }: Pick<Documents, 'authorityKey'>): Promise<CryptoKey> {
  const der = x509.PemConverter.decodeFirst(authorityKey);
  return webcrypto.subtle.importKey('pkcs8', der, certificateAlgorithm, false, ['sign']);
}

/** Where two begin at once, the second takes what the first has made. */
async function make(path: string): Promise<unknown> {
  const [authority, gateway, grant] = await Promise.all([
    keyPair(certificateAlgorithm),
    keyPair(certificateAlgorithm),
    keyPair({ name: 'Ed25519' }),
  ]);
  const now = Date.now();
  const self = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: 'CN=tsmpi connectors',
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + authorityLifeMs),
    keys: authority.pair,
    signingAlgorithm: certificateAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const gatewayCertificate = await certificate({
    name: 'gateway',
    uri: gatewayIdentity,
    publicKey: gateway.pair.publicKey,
    usage: x509.ExtendedKeyUsage.serverAuth,
    lifeMs: authorityLifeMs,
    issuer: { name: self.subject, key: authority.pair.privateKey },
  });
  const grantPublic = await webcrypto.subtle.exportKey('spki', grant.pair.publicKey);
  const documents: Documents = {
    authorityKey: authority.pem,
    authority: self.toString('pem'),
    gatewayKey: gateway.pem,
    gateway: gatewayCertificate,
    grantKey: grant.pem,
    grantPublic: x509.PemConverter.encode(grantPublic, 'PUBLIC KEY'),
  };
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  writePrivate(fresh, JSON.stringify(documents));
  try {
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh);
  }
  return readDocument(path);
}
