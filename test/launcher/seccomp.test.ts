import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seccompArchitecture, seccompFilter } from '../../launcher/backends/seccomp.ts';

const auditX64 = 0xc000_003e;
const auditArm64 = 0xc000_00b7;
const allow = 0x7fff_0000;
const kill = 0x8000_0000;
const errno = (number: number): number => 0x0005_0000 | number;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [errno(1), errno(38), errno(97)];

interface Call {
  readonly architecture: number;
  readonly number: number;
  readonly arguments?: readonly number[];
}

/** Runs classic BPF as the kernel does: one accumulator, forward jumps, an answer. */
function answerOf(filter: Uint8Array, call: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  call.arguments?.forEach((value, index) => data.setBigUint64(16 + 8 * index, BigInt(value), true));
  const program = new DataView(filter.buffer);
  let accumulator = 0;
  for (let at = 0; at * 8 < filter.length; at += 1) {
    const code = program.getUint16(at * 8, true);
    const operand = program.getUint32(at * 8 + 4, true);
    const jump = (taken: boolean): number => program.getUint8(at * 8 + (taken ? 2 : 3));
    if (code === 0x20) accumulator = data.getUint32(operand, true);
    else if (code === 0x15) at += jump(accumulator === operand);
    else if (code === 0x35) at += jump(accumulator >= operand);
    else if (code === 0x45) at += jump((accumulator & operand) !== 0);
    else if (code === 0x06) return operand;
    else throw new Error(`instruction ${String(code)} is not classic BPF that seccomp takes`);
  }
  throw new Error('the program ran past its end');
}

const machines = [
  {
    name: 'x64',
    audit: auditX64,
    other: auditArm64,
    ptrace: 101,
    mount: 165,
    keyctl: 250,
    clone: 56,
    socket: 41,
    socketpair: 53,
    ioctl: 16,
    read: 0,
  },
  {
    name: 'arm64',
    audit: auditArm64,
    other: auditX64,
    ptrace: 117,
    mount: 40,
    keyctl: 219,
    clone: 220,
    socket: 198,
    socketpair: 199,
    ioctl: 29,
    read: 63,
  },
] as const;

for (const machine of machines) {
  describe(`the system call filter for ${machine.name}`, () => {
    const filter = seccompFilter(machine.name);
    const answer = (number: number, ...values: number[]): number =>
      answerOf(filter, { architecture: machine.audit, number, arguments: values });

    test('is short enough for the kernel and made of whole instructions', () => {
      assert.equal(filter.length % 8, 0);
      assert.ok(filter.length / 8 <= 4096);
    });

    test('kills a process that calls under another architecture', () => {
      assert.equal(answerOf(filter, { architecture: machine.other, number: machine.read }), kill);
      assert.equal(answerOf(filter, { architecture: 0x4000_0003, number: 11 }), kill);
    });

    test('refuses ptrace, mounts, key rings, io_uring, namespaces; allows the ordinary', () => {
      for (const number of [machine.ptrace, machine.mount, machine.keyctl, 425, 426, 427, 428, 438])
        assert.equal(answer(number), EPERM, String(number));
      assert.equal(answer(machine.read), allow);
      assert.equal(answer(435), ENOSYS);
    });

    test('refuses a clone that makes any namespace, and allows threads and forks', () => {
      for (const flag of [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
        assert.equal(answer(machine.clone, flag | 17), EPERM, flag.toString(16));
      }
      assert.equal(answer(machine.clone, 0x003d_0f00), allow);
      assert.equal(answer(machine.clone, 0x0120_0011), allow);
    });

    test('lets exactly the families unix, inet and inet6 of all 46 through', () => {
      for (const call of [machine.socket, machine.socketpair]) {
        const open = Array.from({ length: 46 }, (_, family) => family).filter(
          (family) => answer(call, family, 1) === allow,
        );
        assert.deepEqual(open, [1, 2, 10]);
        assert.equal(answer(call, 40, 1), EAFNOSUPPORT);
      }
    });

    test('looks at the low word of an argument only, as the kernel does', () => {
      assert.equal(answer(machine.socket, 2 ** 32 + 16), EAFNOSUPPORT);
      assert.equal(answer(machine.ioctl, 0, 2 ** 40 + 0x5412), EPERM);
    });

    test('refuses typing into a terminal, and allows other ioctls', () => {
      assert.equal(answer(machine.ioctl, 0, 0x5412), EPERM);
      assert.equal(answer(machine.ioctl, 0, 0x541c), EPERM);
      assert.equal(answer(machine.ioctl, 0, 0x5413), allow);
    });
  });
}

test('calls of the x32 table, which share x64’s architecture word, kill', () => {
  assert.equal(answerOf(seccompFilter('x64'), { architecture: auditX64, number: 0x4000_0000 + 41 }), kill);
});

test('there is a filter for x64 and arm64 and no other architecture', () => {
  assert.deepEqual(['x64', 'arm64', 'riscv64', 'ia32'].map(seccompArchitecture), ['x64', 'arm64', null, null]);
});
