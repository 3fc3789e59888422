/** The text that enrols one agent, once: a secret, and by which authority its gateway is known. */
import { TsmpiError } from '../../runtime/core/errors.ts';
import { isName } from './names.ts';

const prefix = 'tsmpi-agent-';

export interface EnrolmentToken {
  readonly agent: string;
  readonly secret: string;
  /** SHA-256 of the authority's certificate, in hexadecimal. */
  readonly authority: string;
}

export function tokenText({ agent, secret, authority }: EnrolmentToken): string {
  return prefix + Buffer.from(JSON.stringify([agent, secret, authority])).toString('base64url');
}

/** Throws ERR_ARGUMENT, without a word of the token. */
export function parseToken(text: string): EnrolmentToken {
  const trimmed = text.trim();
  try {
    const parts: unknown = JSON.parse(Buffer.from(trimmed.slice(prefix.length), 'base64url').toString('utf8'));
    if (trimmed.startsWith(prefix) && Array.isArray(parts)) {
      const [agent, secret, authority] = parts as unknown[];
      if (isName(agent) && typeof secret === 'string' && typeof authority === 'string')
        return { agent, secret, authority };
    }
  } catch {
    // Said below.
  }
  throw new TsmpiError('ERR_ARGUMENT', 'this is no enrolment token', {
    where: 'connector',
    remedy: 'make one with tsmpi gateway token NAME where the gateway runs',
  });
}
