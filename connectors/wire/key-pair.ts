/** Keys of certificates and of grants. */
import { webcrypto } from 'node:crypto';
import { PemConverter } from '@peculiar/x509';

export const certificateAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new pair, and its private half as PEM. */
export async function keyPair(
  algorithm: typeof certificateAlgorithm | { readonly name: 'Ed25519' },
): Promise<{ readonly pair: CryptoKeyPair; readonly pem: string }> {
  const pair = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as unknown as CryptoKeyPair;
  const der = await webcrypto.subtle.exportKey('pkcs8', pair.privateKey);
  return { pair, pem: PemConverter.encode(der, 'PRIVATE KEY') };
}
