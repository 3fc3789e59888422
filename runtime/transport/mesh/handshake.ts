/**
 * Who may open a link: decided from the headers of the upgrade request alone, before the socket costs any memory. Both
 * ends prove that they hold the job's mesh key without sending it. `docs/PROTOCOL.md` is normative.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { protocolVersion } from '../header.ts';

/** The one path that a mesh listener serves. */
export const meshPath = '/mpi/v1';

/** Names of the handshake's headers, in lower case. */
export const MeshHeader = {
  version: 'x-tsmpi-version',
  mesh: 'x-tsmpi-mesh',
  epoch: 'x-tsmpi-epoch',
  from: 'x-tsmpi-from',
  to: 'x-tsmpi-to',
  nonce: 'x-tsmpi-nonce',
  proof: 'x-tsmpi-proof',
} as const;

/** One end of a handshake: who it is, and the key. */
export interface MeshIdentity {
  readonly meshId: string;
  readonly epoch: number;
  readonly index: number;
  readonly secret: Uint8Array;
}

/** What a proof binds together. */
interface Claim {
  readonly meshId: string;
  readonly epoch: string;
  readonly from: string;
  readonly to: string;
  readonly nonce: string;
}

/** An upgrade request as both listeners can show it. */
export interface UpgradeRequest {
  readonly method: string;
  readonly path: string;
  /** Value of a header by its lower-case name; empty when it is absent. */
  header(name: string): string;
}

/** The listener's answer. `words` go into the body of the refusal; they name nothing secret. */
export type Verdict =
  | { readonly accepted: true; readonly from: number; readonly proof: string }
  | { readonly accepted: false; readonly status: RefusalStatus; readonly words: string };
export type RefusalStatus = 401 | 403 | 404 | 409 | 426;

/** Status lines of refusals. */
export const reasonPhrases: Record<RefusalStatus, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  426: 'Upgrade Required',
};

/** What the dialler sends, and the proof that it expects back. */
export interface DialClaim {
  readonly headers: Readonly<Record<string, string>>;
  /** True when `answer`, the listener's proof header, was made with the job's key for this very dial. */
  proves(answer: string): boolean;
}

/** The dialler's half: headers for a link from `self` to sandbox `to`, with a fresh nonce. */
export function claimDial(self: MeshIdentity, to: number): DialClaim {
  const claim: Claim = {
    meshId: self.meshId,
    epoch: String(self.epoch),
    from: String(self.index),
    to: String(to),
    nonce: randomBytes(16).toString('hex'),
  };
  return {
    headers: {
      [MeshHeader.version]: String(protocolVersion),
      [MeshHeader.mesh]: claim.meshId,
      [MeshHeader.epoch]: claim.epoch,
      [MeshHeader.from]: claim.from,
      [MeshHeader.to]: claim.to,
      [MeshHeader.nonce]: claim.nonce,
      [MeshHeader.proof]: proofOf(self.secret, 'dial', claim),
    },
    proves: (answer) => isEqual(answer, proofOf(self.secret, 'accept', claim)),
  };
}

/**
 * The listener's half. `peer(from)` says what it knows of sandbox `from`: not of this job, already linked, or free to
 * link. The proof is checked before anything is told about this mesh, so that a stranger learns only the version.
 */
export function judgeUpgrade(
  request: UpgradeRequest,
  self: MeshIdentity,
  peer: (from: number) => 'stranger' | 'linked' | 'free',
): Verdict {
  if (request.path !== meshPath) return refuse(404, `nothing is served here; the mesh is at ${meshPath}`);
  if (request.header('origin') !== '') return refuse(403, 'a browser (Origin header) has no business in a mesh');
  if (request.method.toUpperCase() !== 'GET' || request.header('upgrade').toLowerCase() !== 'websocket') {
    return refuse(426, `${meshPath} speaks WebSocket only`);
  }
  if (request.header('sec-websocket-version') !== '13') return refuse(426, 'WebSocket version 13 is spoken here');
  const version = request.header(MeshHeader.version);
  if (version !== String(protocolVersion)) {
    const theirs = /^\d{1,5}$/.test(version) ? `version ${version}` : 'none';
    return refuse(426, `mesh protocol version ${String(protocolVersion)} is spoken here, the dialler speaks ${theirs}`);
  }
  const claim = readClaim(request);
  if (claim === null || !isEqual(request.header(MeshHeader.proof), proofOf(self.secret, 'dial', claim))) {
    return refuse(401, "the dialler does not prove that it holds this job's mesh key");
  }
  return judgeClaim(claim, self, peer);
}

/** What is left to check once the dialler has proved that it belongs to the job. */
function judgeClaim(claim: Claim, self: MeshIdentity, peer: (from: number) => 'stranger' | 'linked' | 'free'): Verdict {
  if (claim.meshId !== self.meshId)
    return refuse(403, `this is mesh ${self.meshId}, the dialler wants ${claim.meshId}`);
  if (claim.epoch !== String(self.epoch)) {
    return refuse(403, `this mesh is at epoch ${String(self.epoch)}, the dialler at epoch ${claim.epoch}`);
  }
  if (claim.to !== String(self.index)) {
    return refuse(403, `this is sandbox ${String(self.index)}, the dialler wants sandbox ${claim.to}`);
  }
  const from = Number(claim.from);
  if (from <= self.index) {
    return refuse(403, `sandbox ${claim.from} may not dial ${claim.to}: the higher index dials`);
  }
  const known = peer(from);
  if (known === 'stranger') return refuse(403, `sandbox ${claim.from} is not of this job`);
  if (known === 'linked') return refuse(409, `sandbox ${claim.from} already has, or had, its link`);
  return { accepted: true, from, proof: proofOf(self.secret, 'accept', claim) };
}

function refuse(status: RefusalStatus, words: string): Verdict {
  return { accepted: false, status, words };
}

/** The claim of a request, or null when a field does not have its exact form. */
function readClaim(request: UpgradeRequest): Claim | null {
  const claim: Claim = {
    meshId: request.header(MeshHeader.mesh),
    epoch: request.header(MeshHeader.epoch),
    from: request.header(MeshHeader.from),
    to: request.header(MeshHeader.to),
    nonce: request.header(MeshHeader.nonce),
  };
  const wellFormed =
    isMeshId(claim.meshId) &&
    [claim.epoch, claim.from, claim.to].every((number) => /^(0|[1-9]\d{0,9})$/.test(number)) &&
    /^[0-9a-f]{32}$/.test(claim.nonce);
  return wellFormed ? claim : null;
}

/** A mesh identifier: 1 to 128 letters, digits, dots, underscores and dashes. */
export function isMeshId(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,128}$/.test(text);
}

/** HMAC-SHA256 of the claim's fields in lines. No field can hold a line break, so two claims never read the same. */
function proofOf(secret: Uint8Array, role: 'dial' | 'accept', claim: Claim): string {
  const lines = [
    `tsmpi-mesh ${String(protocolVersion)} ${role}`,
    claim.meshId,
    claim.epoch,
    claim.from,
    claim.to,
    claim.nonce,
  ];
  return createHmac('sha256', secret).update(lines.join('\n')).digest('hex');
}

/** Compares in a time that does not depend on where the texts differ. */
function isEqual(given: string, expected: string): boolean {
  const left = Buffer.from(given, 'latin1');
  const right = Buffer.from(expected, 'latin1');
  return left.length === right.length && timingSafeEqual(left, right);
}
