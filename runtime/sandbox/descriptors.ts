/**
 * File descriptors 0, 1 and 2 of `node:fs` in a rank. Below, they are the agent's; but programs write to 1 and 2 to be
 * sure that nothing is lost at an exit, loggers do so for speed, and `readFileSync(0)` is how a script reads its input.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { InputReader } from './input-reader.ts';
import type { OutputWriter } from './output-writer.ts';

/** As node's functions are declared in JavaScript: optional arguments in the middle, told apart by their types. */
type Loose = (...args: unknown[]) => unknown;
type Callback = (error: null, bytes: number, data: unknown) => void;
type Replacement = (args: unknown[]) => unknown;

/** Node's longest timer; it is never meant to fire. */
const neverMs = 0x7fff_ffff;
/** Several records of the input lane. */
const readBytesMax = 64 * 1024;

/** Redirects reads of 0 and writes of 1 and 2 for every module of this thread; all else passes through. */
export function installDescriptors(writer: OutputWriter, reader: InputReader): void {
  const write = (args: unknown[], pieces: readonly Uint8Array[]): number => {
    let bytes = 0;
    for (const piece of pieces) {
      writer.write(args[0] as 1 | 2, piece);
      bytes += piece.byteLength;
    }
    return bytes;
  };
  replace('writeSync', isOutput, (args) => write(args, [bytesToWrite(args)]));
  replace('writevSync', isOutput, (args) => write(args, args[1] as Uint8Array[]));
  replace('write', isOutput, (args) => {
    answer(args, write(args, [bytesToWrite(args)]));
  });
  replace('writev', isOutput, (args) => {
    answer(args, write(args, args[1] as Uint8Array[]));
  });
  replace('readSync', isInput, (args) => readInto(args, (bytesMax) => reader.read(bytesMax)));
  replace('read', isInput, (args) => {
    const callback = args.at(-1);
    const target = targetOf(args);
    // As a read of a real descriptor does, it holds the event loop.
    const hold = setInterval(() => undefined, neverMs);
    void reader.readAsync(target.byteLength).then((piece) => {
      clearInterval(hold);
      target.set(piece);
      (callback as Callback)(null, piece.byteLength, args[1]);
    });
  });
  replace('readFileSync', isInput, (args) => readAll(reader, args[1]));
  syncBuiltinESMExports();
}

function isOutput(descriptor: unknown): boolean {
  return descriptor === 1 || descriptor === 2;
}

function isInput(descriptor: unknown): boolean {
  return descriptor === 0 || descriptor === '/dev/stdin';
}

function replace(name: keyof typeof fs, applies: (descriptor: unknown) => boolean, instead: Replacement): void {
  const original = fs[name] as Loose;
  const replacement = (...args: unknown[]): unknown => (applies(args[0]) ? instead(args) : original(...args));
  // Name, length, and the symbol by which util.promisify knows how the callback's values are called.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(fs, name, { value: replacement, configurable: true, enumerable: true, writable: true });
}

/** Calls back as node would, after this turn. */
function answer(args: unknown[], bytes: number): void {
  process.nextTick(args.at(-1) as Callback, null, bytes, args[1]);
}

/** `(fd, string, position?, encoding?)` or `(fd, view, offset? or options?, length?, position?)`. */
function bytesToWrite(args: unknown[]): Uint8Array {
  const [, data] = args;
  if (!ArrayBuffer.isView(data)) {
    const encoding = typeof args[3] === 'string' ? (args[3] as BufferEncoding) : 'utf8';
    return Buffer.from(String(data), encoding);
  }
  return part(data, args);
}

function targetOf(args: unknown[]): Uint8Array {
  const [, first] = args;
  if (ArrayBuffer.isView(first)) return part(first, args);
  // `read(fd, { buffer, offset, length }, callback)`; node makes a buffer where there is none, and gives it back.
  const options = typeof first === 'object' && first !== null ? (first as { buffer?: ArrayBufferView }) : {};
  const buffer = options.buffer ?? Buffer.alloc(16 * 1024);
  args[1] = buffer;
  return part(buffer, [0, buffer, options]);
}

/** The part of `view` that `offset` and `length`, or an object of both, name. */
function part(view: ArrayBufferView, args: unknown[]): Uint8Array {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const third = args[2];
  const named = typeof third === 'object' && third !== null ? (third as { offset?: number; length?: number }) : {};
  const offset = typeof third === 'number' ? third : (named.offset ?? 0);
  const length = typeof args[3] === 'number' ? args[3] : (named.length ?? bytes.byteLength - offset);
  return bytes.subarray(offset, offset + length);
}

function readInto(args: unknown[], read: (bytesMax: number) => Uint8Array): number {
  const target = targetOf(args);
  if (target.byteLength === 0) return 0;
  const piece = read(target.byteLength);
  target.set(piece);
  return piece.byteLength;
}

function readAll(reader: InputReader, options: unknown): string | Buffer {
  const pieces: Uint8Array[] = [];
  for (let piece = reader.read(readBytesMax); piece.byteLength > 0; piece = reader.read(readBytesMax)) {
    pieces.push(piece);
  }
  const all = Buffer.concat(pieces);
  const encoding =
    typeof options === 'object' && options !== null ? (options as { encoding?: unknown }).encoding : options;
  return typeof encoding === 'string' ? all.toString(encoding as BufferEncoding) : all;
}
