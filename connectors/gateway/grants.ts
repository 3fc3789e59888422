/** What a gateway signs for each stream: that this rank of this job may open this resource, once, at this agent. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { grantLifeMs } from '../wire/limits.ts';
import { grantAlgorithm, grantIssuer } from '../wire/grant-form.ts';

export interface Granted {
  readonly agent: string;
  readonly job: { readonly id: string; readonly name: string };
  readonly rank: number;
  readonly resource: string;
  /** Of this grant alone. */
  readonly id: string;
}

export class GrantSigner {
  readonly #key: KeyObject;

  constructor(pem: string) {
    this.#key = createPrivateKey(pem);
  }

  sign({ agent, job, rank, resource, id }: Granted): Promise<string> {
    return new SignJWT({ job: job.name, jobId: job.id, rank, resource })
      .setProtectedHeader({ alg: grantAlgorithm })
      .setIssuer(grantIssuer)
      .setAudience(agent)
      .setJti(id)
      .setExpirationTime(new Date(Date.now() + grantLifeMs))
      .sign(this.#key);
  }
}
