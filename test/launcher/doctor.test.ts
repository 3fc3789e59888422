import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { installCommand, refusalOf } from '../../launcher/backends/refusal.ts';
import { doctor } from '../../launcher/cli/doctor.ts';

async function consultation(): Promise<{ exitCode: number; lines: string[] }> {
  const lines: string[] = [];
  const exitCode = await doctor((line) => lines.push(line));
  return { exitCode, lines };
}

describe('the doctor', () => {
  test('looks at every part, one line each, with a remedy under what is not well', async () => {
    const { exitCode, lines } = await consultation();
    for (const part of [
      /node v/,
      /bubblewrap|bwrap/,
      /user namespaces/,
      /sandbox starts/,
      /control groups/,
      /uWebSockets/,
      /koffi/,
      /job directories/,
      /open files/,
      /processes/,
    ]) {
      assert.ok(
        lines.some((line) => part.test(line)),
        String(part),
      );
    }
    lines.forEach((line, index) => {
      assert.ok(!line.includes('\n'));
      if (/^(?:weak|lacks) /.test(line)) assert.match(lines[index + 1] ?? '', /^ +mend it: \S/);
    });
    assert.equal(exitCode, lines.some((line) => line.startsWith('lacks')) ? 1 : 0);
  });

  test('finds bubblewrap lacking where PATH has none, and says how to install it', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    const { exitCode, lines } = await consultation();
    process.env['PATH'] = path;
    assert.equal(exitCode, 1);
    const at = lines.findIndex((line) => /^lacks +bubblewrap is not installed/.test(line));
    assert.match(lines[at + 1] ?? '', /mend it: .*bubblewrap/);
  });
});

describe('advice', () => {
  test('names the package manager of the system', () => {
    assert.match(installCommand('ID=ubuntu\nID_LIKE=debian\n'), /apt-get install bubblewrap/);
    assert.match(installCommand('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), /dnf install bubblewrap/);
    assert.match(installCommand('ID=alpine\n'), /apk add bubblewrap/);
    assert.match(installCommand('ID=unheard-of\n'), /install the package bubblewrap/);
  });

  test('tells a refused user namespace from any other failure', () => {
    assert.match(
      refusalOf('/usr/bin/bwrap', 'bwrap: setting up uid map: Permission denied\n').reason,
      /user namespace/,
    );
    assert.match(refusalOf('/usr/bin/bwrap', 'bwrap: Unknown option --frobnicate\n').reason, /Unknown option/);
  });
});
