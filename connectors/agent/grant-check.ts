/** Whether a grant is what it says: signed by our gateway, for this agent, not used before. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { jwtVerify } from 'jose';
import { grantAlgorithm, grantIssuer } from '../wire/grant-form.ts';
import { grantLifeMs } from '../wire/limits.ts';

export interface Grant {
  readonly job: string;
  readonly jobId: string;
  readonly rank: number;
  readonly resource: string;
  readonly id: string;
}

/** Seconds by which the clocks of the two sides may differ. */
const clockToleranceSeconds = 60;

export class GrantCheck {
  readonly #agent: string;
  readonly #key: KeyObject;
  /** Grants that were used, and when they may be forgotten. */
  readonly #used = new Map<string, number>();

  constructor(agent: string, pem: string) {
    [this.#agent, this.#key] = [agent, createPublicKey(pem)];
  }

  /** Gives the grant, or in words why it is none. */
  async check(text: string): Promise<Grant | string> {
    const claims = await jwtVerify(text, this.#key, {
      algorithms: [grantAlgorithm],
      issuer: grantIssuer,
      audience: this.#agent,
      requiredClaims: ['jti', 'exp', 'job', 'jobId', 'rank', 'resource'],
      clockTolerance: clockToleranceSeconds,
    }).catch((error: unknown) => (error as Error).message);
    if (typeof claims === 'string') return `the grant is not good: ${claims}`;
    const { jti: id, job, jobId, rank, resource } = claims.payload;
    if (typeof id !== 'string' || typeof job !== 'string' || typeof jobId !== 'string') return 'the grant is not whole';
    if (typeof rank !== 'number' || typeof resource !== 'string') return 'the grant is not whole';
    if (!this.#use(id)) return 'the grant was used before';
    return { job, jobId, rank, resource, id };
  }

  #use(id: string): boolean {
    const now = Date.now();
    for (const [used, until] of this.#used) {
      // In order of their use: the first that must be kept ends it.
      if (until > now) break;
      this.#used.delete(used);
    }
    if (this.#used.has(id)) return false;
    this.#used.set(id, now + grantLifeMs + 2 * clockToleranceSeconds * 1000);
    return true;
  }
}
