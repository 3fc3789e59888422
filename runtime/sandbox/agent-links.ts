/**
 * What an agent speaks through: the mesh to other sandboxes, the rendezvous to the launcher. Neither is there at first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { exitDrainTimeoutMs, linkLossGraceMs } from '../core/limits.ts';
import type { RendezvousClient } from '../rendezvous/client.ts';
import type { Mesh } from '../transport/mesh/mesh.ts';
import { Endpoints } from '../../connectors/sandbox/endpoints.ts';
import { askOf } from './asking.ts';
import type { Bootstrap, SandboxPlace } from './bootstrap.ts';
import { takeBack } from './handback.ts';
import type { Router, RouterLinks } from './router.ts';

export class AgentLinks implements RouterLinks {
  mesh: Mesh | null = null;
  client: RendezvousClient | null = null;
  /** What clients of the sandbox dial, where its job has connectors. */
  #endpoints: Endpoints | null = null;
  /** Sandboxes that are gone, their job being over. */
  readonly #left = new Set<number>();
  /** Ranks that the launcher has declared dead. */
  readonly #failed = new Set<number>();

  /** Opens what clients inside the sandbox dial. Rejects with ERR_LAUNCH where that cannot be. */
  async offer({ connectors }: Bootstrap, { firstRank }: SandboxPlace): Promise<void> {
    if (connectors === undefined) return;
    this.#endpoints = new Endpoints(connectors, firstRank - connectors.firstRank);
    await this.#endpoints.listen();
  }

  /** For the router: into the link. */
  send(to: number, ...parts: readonly Uint8Array[]): boolean {
    if (this.mesh === null) throw new RangeError('the mesh is not there yet');
    return this.mesh.send(to, ...parts);
  }

  /** For the router: the launcher tells both ends to open it. */
  want(to: number): void {
    this.client?.wantLink(to);
  }

  /** For the router: what a rank has to say to this agent, of the link to that sandbox, or to the launcher. */
  told(sandbox: number, record: Uint8Array): void {
    const ask = askOf(record);
    if (ask === null) takeBack(this.mesh?.link(sandbox), record);
    else this.client?.ask(ask);
  }

  /** Those of them that the launcher had not declared dead before. */
  newlyFailed(ranks: readonly number[]): number[] {
    const fresh = ranks.filter((rank) => !this.#failed.has(rank));
    for (const rank of fresh) this.#failed.add(rank);
    return fresh;
  }

  anyFailed(ranks: readonly number[]): boolean {
    return ranks.some((rank) => this.#failed.has(rank));
  }

  /** That sandbox is gone. True when a link to it still stands, whose end is to come. */
  leaves(sandbox: number): boolean {
    this.#left.add(sandbox);
    const stands = this.mesh?.link(sandbox)?.isOpen === true;
    if (!stands) this.mesh?.forget(sandbox);
    return stands;
  }

  /** True when the launcher has said so. */
  hasLeft(sandbox: number): boolean {
    return this.#left.has(sandbox);
  }

  /** Resolves when all others have left, and what they had sent has come. */
  async alone(): Promise<void> {
    await Promise.race([this.mesh?.alone(), delay(linkLossGraceMs, undefined, { ref: false })]);
  }

  /**
   * Leaves in order. The launcher may end this process at its goodbye: where others wait for what was sent to them, it
   * comes first to the kernel, which delivers it whatever becomes of this process; a peer that does not read is not
   * waited for.
   */
  async leave(router: Router, othersStay: boolean): Promise<void> {
    this.#endpoints?.close();
    if (othersStay) {
      await Promise.race([router.handed(), delay(exitDrainTimeoutMs, undefined, { ref: false })]);
      await this.mesh?.close(exitDrainTimeoutMs);
    }
    await this.client?.goodbye();
    await this.mesh?.close();
    this.client?.close();
  }
}
