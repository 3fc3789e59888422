/** Reads what a compiled WebAssembly module consists of, as its binary format has it (WebAssembly 2.0 and threads). */

export interface WasmFunction {
  /** The names under which it is exported; several where functions were found equal. */
  readonly names: readonly string[];
  /** Its instructions in order: the opcode, or `prefix << 16 | opcode` of a prefixed one. */
  readonly opcodes: readonly number[];
}

export interface WasmModule {
  /** Section numbers, in the order of the file. */
  readonly sections: readonly number[];
  readonly functions: readonly WasmFunction[];
}

export const sectionOf = { start: 8, code: 10, data: 11 } as const;
/** Prefixes of opcodes. */
export const bulk = 0xfc;
export const simd = 0xfd;

const exportSection = 7;
const functionKind = 0;

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('the module ends in the middle');
    return byte;
  }

  /** A number in LEB128, its low 32 bits; a signed one is skipped just as well. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  text(): string {
    const length = this.number();
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString();
  }
}

export function readModule(bytes: Uint8Array): WasmModule {
  const reader = new Reader(bytes, 8);
  const sections: number[] = [];
  const names = new Map<number, string[]>();
  let functions: WasmFunction[] = [];
  while (reader.at < bytes.length) {
    const section = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    sections.push(section);
    if (section === exportSection) readExports(reader, names);
    if (section === sectionOf.code) functions = readBodies(reader, names);
    reader.at = end;
  }
  return { sections, functions };
}

/** By index: the module imports no function, so that its own are numbered from 0. */
function readExports(reader: Reader, names: Map<number, string[]>): void {
  for (let left = reader.number(); left > 0; left--) {
    const name = reader.text();
    const kind = reader.byte();
    const index = reader.number();
    if (kind !== functionKind) throw new Error(`${name} is exported and no function`);
    names.set(index, [...(names.get(index) ?? []), name]);
  }
}

function readBodies(reader: Reader, names: ReadonlyMap<number, string[]>): WasmFunction[] {
  const count = reader.number();
  return Array.from({ length: count }, (_, index) => {
    const size = reader.number();
    const end = reader.at + size;
    for (let locals = reader.number(); locals > 0; locals--) {
      reader.number();
      reader.byte();
    }
    const opcodes: number[] = [];
    while (reader.at < end) opcodes.push(readInstruction(reader));
    if (reader.at !== end) throw new Error(`function ${index} does not end where it says`);
    return { names: names.get(index) ?? [], opcodes };
  });
}

function readInstruction(reader: Reader): number {
  const opcode = reader.byte();
  if (opcode === bulk || opcode === simd) {
    const second = reader.number();
    if (opcode === simd) skipSimd(reader, second);
    else if (second === 10) reader.at += 2;
    else throw new Error(`what follows 0xfc ${second} is not known here`);
    return (opcode << 16) | second;
  }
  skipOperands(reader, opcode);
  return opcode;
}

/** Operands in the code, of the instructions that compiled loops consist of. */
function skipOperands(reader: Reader, opcode: number): void {
  const within = (first: number, last: number) => opcode >= first && opcode <= last;
  // block, loop, if; br, br_if; call; local and global accesses; i32.const, i64.const.
  const oneNumber = within(0x02, 0x04) || within(0x0c, 0x0d) || opcode === 0x10 || within(0x20, 0x24);
  if (oneNumber || within(0x41, 0x42)) reader.number();
  else if (within(0x28, 0x3e)) skipMemory(reader);
  else if (opcode === 0x43) reader.at += 4;
  else if (opcode === 0x44) reader.at += 8;
  // unreachable, nop, else, end, return, drop, select, and everything that computes.
  else if (!(within(0x00, 0x01) || within(0x05, 0x0b) || within(0x0f, 0x1b) || within(0x45, 0xc4))) {
    throw new Error(`opcode ${opcode} is not known here`);
  }
}

function skipSimd(reader: Reader, opcode: number): void {
  // Loads and stores; those of a lane name it as well; constants and shuffles have 16 bytes, other lane accesses one.
  if (opcode <= 11 || opcode === 92 || opcode === 93) skipMemory(reader);
  else if (opcode === 12 || opcode === 13) reader.at += 16;
  else if (opcode >= 84 && opcode <= 91) {
    skipMemory(reader);
    reader.at += 1;
  } else if (opcode >= 21 && opcode <= 34) reader.at += 1;
}

/** Alignment and offset. */
function skipMemory(reader: Reader): void {
  reader.number();
  reader.number();
}
