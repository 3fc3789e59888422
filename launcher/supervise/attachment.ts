/** The launching program as a member of its job's mesh: what it is told as a sandbox is, and its engine. */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { attachedNumber } from '../../runtime/core/communicator-numbers.ts';
import type { ParentRanks } from '../../runtime/core/parent-ranks.ts';
import type { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { Bootstrap } from '../../runtime/sandbox/bootstrap.ts';
import type { Attached, Intercommunicator } from '../../runtime/attached.ts';
import type { JobSpec } from '../job-spec.ts';
import type { Mesh } from './mesh.ts';
import { thisPackage } from './package-root.ts';
import type { FreeNumbers } from './placement.ts';
import { firstEpoch, type Plan, socketOf } from './plan.ts';

export interface Attachment {
  /** The ranks of the job, as seen from here. */
  readonly ranks: Intercommunicator;
  /** Leaves; resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** What the ranks are told of it. */
export function parentAt({ rank }: FreeNumbers): ParentRanks {
  return { communicator: attachedNumber(rank), ranks: [rank] };
}

interface AttachmentGround {
  readonly spec: JobSpec;
  readonly mesh: Mesh;
  readonly service: RendezvousService;
}

/** Takes the place `at` in the mesh, for the job of `plan`, before its sandboxes start. */
export async function attach(at: FreeNumbers, plan: Plan, ground: AttachmentGround): Promise<Attachment> {
  const { rank, sandbox } = at;
  const token = randomBytes(32).toString('hex');
  ground.service.expect([{ index: sandbox, ranks: [rank], token }], 'onUse');
  // Most programs do not attach: neither is loaded for them.
  const { attachAgent } = await import('../../runtime/sandbox/attach.ts');
  const attached = attachedOfRuntime();
  const agent = await attachAgent(bootstrapAt(at, token, plan.jobId, ground));
  const attachment = attached(agent.context, {
    communicator: attachedNumber(rank),
    ranks: plan.places.flatMap((place) => place.ranks),
  });
  return {
    ranks: attachment.ranks,
    close: async () => {
      await agent.leave();
      attachment.end(() => {
        agent.deliver();
      });
    },
  };
}

/** What a sandbox would be told there. */
function bootstrapAt(
  { rank, sandbox }: FreeNumbers,
  token: string,
  jobId: string,
  { spec, mesh: { id, secret, directory } }: AttachmentGround,
): Bootstrap {
  return {
    ...{ jobId, meshId: id, meshSecret: secret, epoch: firstEpoch, sandbox, token },
    ...{ rendezvous: directory.rendezvousPath, meshListen: socketOf(directory, sandbox) },
    ...(directory.user === null ? {} : { meshOwner: directory.user }),
    // No native code in a process that is not ours.
    ...{ listener: 'ws', links: 'onUse', size: 1, stdin: [], onFailure: spec.onFailure, env: {} },
    sandboxes: [{ index: sandbox, firstRank: rank, ranks: 1 }],
    ranks: [{ rank, program: 0 }],
    programs: [{ entry: '', script: '', args: [] }],
    tsmpiVersion: thisPackage().version,
    ...(spec.tuning === undefined ? {} : { tuning: spec.tuning }),
  };
}

/** Of the copy that `import 'tsmpi'` gives this program: its classes are those that the program knows. */
function attachedOfRuntime(): Attached {
  const { root } = thisPackage();
  const parts = createRequire(join(root, 'package.json'))(join(root, 'dist', 'runtime', 'alone.cjs')) as {
    attached: { attached: Attached };
  };
  return parts.attached.attached;
}
