/** Which agents there are: tokens that wait for one, and what each was enrolled as. Files, for gateways come and go. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { fieldsOf, textOf } from '../wire/checked-fields.ts';
import { privateFolder, readDocument, writePrivate } from '../wire/files.ts';
import type { AgentIdentity } from '../wire/identity.ts';
import { tokenLifeMs } from '../wire/limits.ts';

const tokenKeys = ['agent', 'expires'] as const;
const agentKeys = ['enrolment', 'enrolled'] as const;

export class Enrolments {
  readonly #tokens: string;
  readonly #agents: string;

  constructor(folder: string) {
    [this.#tokens, this.#agents] = [join(folder, 'tokens'), join(folder, 'agents')];
    for (const path of [folder, this.#tokens, this.#agents]) privateFolder(path);
  }

  get agents(): readonly string[] {
    return readdirSync(this.#agents)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .sort();
  }

  /** The secret of a token for `agent`. Throws ERR_ARGUMENT where there is one of that name, unless it is replaced. */
  invite(agent: string, { replaces, lifeMs = tokenLifeMs }: { replaces: boolean; lifeMs?: number }): string {
    if (!replaces && existsSync(this.#agentPath(agent))) {
      throw new TsmpiError('ERR_ARGUMENT', `there is an agent ${agent} already`, {
        where: 'gateway token',
        remedy: 'choose another name, or --replace it: the one that is there is then refused',
      });
    }
    this.#sweep();
    const secret = randomBytes(32).toString('base64url');
    const expires = new Date(Date.now() + lifeMs).toISOString();
    writePrivate(this.#tokenPath(secret), JSON.stringify({ agent, expires }));
    return secret;
  }

  /** Uses a token up and enrols its agent. Throws ERR_DENIED. */
  redeem(secret: string): AgentIdentity {
    const path = this.#tokenPath(secret);
    const taken = `${path}.${randomBytes(6).toString('hex')}.taken`;
    try {
      // Of two that come at once one finds it gone.
      renameSync(path, taken);
    } catch {
      throw new TsmpiError('ERR_DENIED', 'the token is not known here: it was used, or is of another gateway', {
        where: 'enrolment',
        remedy: 'make a new one with tsmpi gateway token NAME',
      });
    }
    const fields = fieldsOf(readDocument(taken), taken, tokenKeys);
    rmSync(taken);
    const [agent, expires] = [textOf(fields, 'agent', taken), textOf(fields, 'expires', taken)];
    if (!(Date.parse(expires) > Date.now())) {
      throw new TsmpiError('ERR_DENIED', `the token for agent ${agent} expired at ${expires}`, {
        where: 'enrolment',
        remedy: `make a new one with tsmpi gateway token ${agent}`,
      });
    }
    const enrolment = randomBytes(8).toString('hex');
    writePrivate(this.#agentPath(agent), JSON.stringify({ enrolment, enrolled: new Date().toISOString() }));
    return { agent, enrolment };
  }

  /** Why an identity is not one of ours any more, or null. */
  refusal({ agent, enrolment }: AgentIdentity): string | null {
    const found = readDocument(this.#agentPath(agent));
    if (found === undefined) return `agent ${agent} is not enrolled here`;
    const current = textOf(fieldsOf(found, agent, agentKeys), 'enrolment', agent);
    return current === enrolment ? null : `agent ${agent} was enrolled anew; this one holds the certificate of before`;
  }

  /** Removes an agent: its certificate is worth nothing from now on. False where there is none. */
  revoke(agent: string): boolean {
    const isThere = existsSync(this.#agentPath(agent));
    rmSync(this.#agentPath(agent), { force: true });
    return isThere;
  }

  #sweep(): void {
    for (const name of readdirSync(this.#tokens)) {
      const path = join(this.#tokens, name);
      const found = readDocument(path) as { expires?: string } | undefined;
      if (!(Date.parse(found?.expires ?? '') > Date.now())) rmSync(path, { force: true });
    }
  }

  #tokenPath(secret: string): string {
    return join(this.#tokens, `${createHash('sha256').update(secret).digest('hex')}.json`);
  }

  #agentPath(agent: string): string {
    return join(this.#agents, `${agent}.json`);
  }
}
