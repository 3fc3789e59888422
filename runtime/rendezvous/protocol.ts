/**
 * The rendezvous' two calls as gRPC sees them. Messages are encoded where they are made, so that nothing can change
 * them while they wait; gRPC itself moves bytes out and decoded messages in.
 */
import { controlMessageBytesMax } from '../core/limits.ts';
import { tsmpi } from './messages.gen.js';

const v1 = tsmpi.rendezvous.v1;

export type FromSandbox = tsmpi.rendezvous.v1.FromSandbox.$Shape;
export type FromLauncher = tsmpi.rendezvous.v1.FromLauncher.$Shape;
export type OutputMessage = tsmpi.rendezvous.v1.OutputMessage.$Shape;
export type OutputReceipt = tsmpi.rendezvous.v1.OutputReceipt.$Shape;
export type FromSandboxBody = Omit<tsmpi.rendezvous.v1.FromSandbox.$Properties, 'meshId' | 'epoch' | '$unknowns'>;
export type FromLauncherBody = Omit<tsmpi.rendezvous.v1.FromLauncher.$Properties, 'meshId' | 'epoch' | '$unknowns'>;
export type OutputBody = Omit<tsmpi.rendezvous.v1.OutputMessage.$Properties, 'meshId' | 'epoch' | '$unknowns'>;

/** What every message carries. */
export interface Scope {
  readonly meshId: string;
  readonly epoch: number;
}

/** Paths of the calls. */
export const joinPath = '/tsmpi.rendezvous.v1.Rendezvous/Join';
export const outputPath = '/tsmpi.rendezvous.v1.Rendezvous/Output';

const pass = (bytes: Buffer): Buffer => bytes;
const finish = (writer: { finish(): Uint8Array }): Buffer => {
  const bytes = writer.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

export const encodeFromSandbox = ({ meshId, epoch }: Scope, body: FromSandboxBody): Buffer =>
  finish(v1.FromSandbox.encode({ meshId, epoch, ...body }));
export const encodeFromLauncher = ({ meshId, epoch }: Scope, body: FromLauncherBody): Buffer =>
  finish(v1.FromLauncher.encode({ meshId, epoch, ...body }));
export const encodeOutput = ({ meshId, epoch }: Scope, body: OutputBody): Buffer =>
  finish(v1.OutputMessage.encode({ meshId, epoch, ...body }));
export const encodeReceipt = ({ meshId, epoch }: Scope, messages: number): Buffer =>
  finish(v1.OutputReceipt.encode({ meshId, epoch, messages }));

const decodeFromSandbox = (bytes: Buffer): FromSandbox => v1.FromSandbox.decode(bytes);
export const decodeFromLauncher = (bytes: Uint8Array): FromLauncher => v1.FromLauncher.decode(bytes);
const decodeOutput = (bytes: Buffer): OutputMessage => v1.OutputMessage.decode(bytes);
export const decodeReceipt = (bytes: Uint8Array): OutputReceipt => v1.OutputReceipt.decode(bytes);

/** Both calls for `Server.addService`. */
export const serviceDefinition = {
  join: {
    path: joinPath,
    requestStream: true,
    responseStream: true,
    requestSerialize: pass,
    requestDeserialize: decodeFromSandbox,
    responseSerialize: pass,
    responseDeserialize: decodeFromLauncher,
  },
  output: {
    path: outputPath,
    requestStream: true,
    responseStream: false,
    requestSerialize: pass,
    requestDeserialize: decodeOutput,
    responseSerialize: pass,
    responseDeserialize: decodeReceipt,
  },
};

/** Settings of the service. grpc-js sends without a limit unless it is told one. */
export const messageLimits = {
  'grpc.max_receive_message_length': controlMessageBytesMax,
  'grpc.max_send_message_length': controlMessageBytesMax,
  'grpc.enable_channelz': 0,
} as const;

/** Why a message is not of this mesh and epoch, in words; null when it is. */
export function foreign(scope: Scope, message: { meshId?: string; epoch?: number }): string | null {
  const { meshId = '', epoch = 0 } = message;
  if (meshId !== scope.meshId)
    return `a message of mesh ${JSON.stringify(meshId.slice(0, 128))}, this is ${scope.meshId}`;
  if (epoch !== scope.epoch) return `a message of epoch ${String(epoch)}, this is epoch ${String(scope.epoch)}`;
  return null;
}
