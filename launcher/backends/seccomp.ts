/**
 * The sandbox's system call filter, assembled here as classic BPF (an instruction is u16 code, u8 jump-if-true,
 * u8 jump-if-false, u32 operand, little-endian). bubblewrap installs it from a file descriptor.
 */
import {
  auditArchitectures,
  inspectedSyscalls,
  refusedSyscalls,
  type SeccompArchitecture,
} from './seccomp-syscalls.ts';

export type { SeccompArchitecture } from './seccomp-syscalls.ts';

const instructionBytes = 8;
/** BPF_LD | BPF_W | BPF_ABS: a word of `struct seccomp_data`. */
const load = 0x20;
/** BPF_JMP | BPF_JEQ | BPF_K. */
const jumpIfEqual = 0x15;
/** BPF_JMP | BPF_JGE | BPF_K. */
const jumpIfAtLeast = 0x35;
/** BPF_JMP | BPF_JSET | BPF_K. */
const jumpIfAnyBit = 0x45;
/** BPF_RET | BPF_K. */
const answer = 0x06;

/**
 * Offsets in `struct seccomp_data`. Only the low words of arguments count: all inspected ones are 32-bit for the
 * kernel.
 */
const offsetNumber = 0;
const offsetArchitecture = 4;
const offsetArgument0 = 16;
const offsetArgument1 = 24;

const allow = 0x7fff_0000;
const killProcess = 0x8000_0000;
const errno = 0x0005_0000;
const notPermitted = errno | 1;
/** glibc falls back from clone3, whose flags lie in memory where a filter cannot see them, to clone. */
const noSuchCall = errno | 38;
const familyNotSupported = errno | 97;

/** x32 calls share x64's architecture word and have this bit in their number. */
const x32Bit = 0x4000_0000;
/** AF_UNIX, AF_INET, AF_INET6: netlink, packet and vsock sockets are not held by an empty network namespace alone. */
const families = [1, 2, 10] as const;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const cloneNamespaces = 0x7e02_0000;
/** TIOCSTI and TIOCLINUX type into a terminal that a sandbox shares with its user. */
const terminalInjections = [0x5412, 0x541c] as const;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];

/** `if (word === value) return result`, going on otherwise. */
function answerWhenEqual(value: number, result: number): Instruction[] {
  return [
    [jumpIfEqual, 0, 1, value],
    [answer, 0, 0, result],
  ];
}

/**
 * `body` runs only for system call `number` and must end in an answer; the accumulator holds the number before and
 * after.
 */
function onSyscall(number: number, body: readonly Instruction[]): Instruction[] {
  return [[jumpIfEqual, 0, body.length, number], ...body];
}

function instructions(architecture: SeccompArchitecture): Instruction[] {
  const inspected = inspectedSyscalls[architecture];
  const socketBody: Instruction[] = [
    [load, 0, 0, offsetArgument0],
    ...families.flatMap((family) => answerWhenEqual(family, allow)),
    [answer, 0, 0, familyNotSupported],
  ];
  const x32: Instruction[] = [
    [jumpIfAtLeast, 0, 1, x32Bit],
    [answer, 0, 0, killProcess],
  ];
  return [
    [load, 0, 0, offsetArchitecture],
    [jumpIfEqual, 1, 0, auditArchitectures[architecture]],
    [answer, 0, 0, killProcess],
    [load, 0, 0, offsetNumber],
    ...(architecture === 'x64' ? x32 : []),
    ...refusedSyscalls(architecture).flatMap((number) => answerWhenEqual(number, notPermitted)),
    ...answerWhenEqual(inspected.clone3, noSuchCall),
    ...onSyscall(inspected.clone, [
      [load, 0, 0, offsetArgument0],
      [jumpIfAnyBit, 0, 1, cloneNamespaces],
      [answer, 0, 0, notPermitted],
      [answer, 0, 0, allow],
    ]),
    ...onSyscall(inspected.socket, socketBody),
    ...onSyscall(inspected.socketpair, socketBody),
    ...onSyscall(inspected.ioctl, [
      [load, 0, 0, offsetArgument1],
      ...terminalInjections.flatMap((request) => answerWhenEqual(request, notPermitted)),
      [answer, 0, 0, allow],
    ]),
    [answer, 0, 0, allow],
  ];
}

/** The architecture's name when a filter can be made for it, else null. */
export function seccompArchitecture(architecture: string): SeccompArchitecture | null {
  return architecture === 'x64' || architecture === 'arm64' ? architecture : null;
}

/** The filter, as bubblewrap's `--seccomp` reads it. */
export function seccompFilter(architecture: SeccompArchitecture): Uint8Array {
  const program = instructions(architecture);
  const bytes = new Uint8Array(program.length * instructionBytes);
  const view = new DataView(bytes.buffer);
  program.forEach(([code, jumpTrue, jumpFalse, operand], index) => {
    const offset = index * instructionBytes;
    view.setUint16(offset, code, true);
    view.setUint8(offset + 2, jumpTrue);
    view.setUint8(offset + 3, jumpFalse);
    view.setUint32(offset + 4, operand >>> 0, true);
  });
  return bytes;
}
