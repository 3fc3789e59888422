/** Who is who in certificates: URIs among a certificate's alternative names, and never an address. */
import type { PeerCertificate } from 'node:tls';
import { isName } from './names.ts';

export const gatewayIdentity = 'tsmpi://gateway';

/** Protocols of a TLS connection to a gateway, chosen by ALPN. */
export const Protocols = { session: 'h2', enrol: 'tsmpi-enrol', renew: 'tsmpi-renew' } as const;

/** `enrolment`: an agent that is enrolled anew is another one. */
export interface AgentIdentity {
  readonly agent: string;
  readonly enrolment: string;
}

export function identityOf({ agent, enrolment }: AgentIdentity): string {
  return `tsmpi://connector/${agent}/${enrolment}`;
}

/** The URIs that a certificate names. */
export function urisOf({ subjectaltname }: Pick<PeerCertificate, 'subjectaltname'>): string[] {
  return (subjectaltname ?? '')
    .split(', ')
    .filter((each) => each.startsWith('URI:'))
    .map((each) => each.slice('URI:'.length));
}

export function agentOf(certificate: Pick<PeerCertificate, 'subjectaltname'>): AgentIdentity | null {
  const [uri, ...more] = urisOf(certificate);
  const [, agent, enrolment] = /^tsmpi:\/\/connector\/([^/]+)\/([0-9a-f]+)$/.exec(uri ?? '') ?? [];
  return more.length === 0 && isName(agent) && enrolment !== undefined ? { agent, enrolment } : null;
}
