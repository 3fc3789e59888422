/** What each kind of record asks of a rank. */
import { type Header, Kind } from '../transport/header.ts';
import type { Payload } from '../transport/lane.ts';
import type { Communicators } from './communicators.ts';
import type { Failures } from './failures.ts';
import type { Receiver } from './receiver.ts';
import type { RemoteAccesses } from './remote-access.ts';
import type { Requests } from './requests.ts';
import type { Sender } from './sender.ts';
import type { Wire } from './wire.ts';

/** Those that know what to do. */
export interface Halves {
  readonly wire: Wire;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly failures: Failures;
  readonly communicators: Communicators;
  readonly requests: Requests;
  readonly accesses: RemoteAccesses;
}

/** One record, with its payload still in `lane`, at `at`. */
export function handle(halves: Halves, header: Header, lane: Payload, at: number): void {
  const { wire, sender, receiver, failures, communicators, requests } = halves;
  const peer = wire.peer(header.source);
  switch (header.kind) {
    case Kind.eager:
    case Kind.announce:
      receiver.arrived(header, lane, at, peer);
      communicators.arrived(header);
      return;
    case Kind.data:
      receiver.data(header, lane, at, peer);
      return;
    case Kind.withdraw:
      receiver.withdrawn(header, peer);
      return;
    case Kind.pull:
      sender.pulled(header, peer);
      return;
    case Kind.matched:
      sender.matched(header);
      return;
    case Kind.credit:
      peer.credit += header.bytes;
      return;
    case Kind.revoke:
      communicators.heard(header);
      return;
    case Kind.answer:
      requests.answered(header, lane, at);
      return;
    case Kind.accessed:
      halves.accesses.answered(header, lane, at);
      return;
    case Kind.handback:
    case Kind.ask:
    case Kind.access:
      // For agents alone.
      return;
    case Kind.departed:
    case Kind.failed:
      failures.note(header.source, header.kind === Kind.departed ? 'returned' : 'failed');
      if (header.kind === Kind.failed) halves.accesses.lost(header.source);
      return;
    case Kind.abort:
      failures.aborted(header, lane, at);
      return;
  }
}
