/** Reads docs/PROTOCOL.md and holds the code to its tables and vectors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as limits from '../../runtime/core/limits.ts';
import { elementBytes, formatName } from '../../runtime/comm/element-type.ts';
import { Flag, type Header, headerBytes, Kind, magic, protocolVersion } from '../../runtime/transport/header.ts';
import { createHeader, decodeHeader, encodeHeader } from '../../runtime/transport/header-codec.ts';
import { checkFrame, type FrameScope } from '../../runtime/transport/frame.ts';
import { claimDial, judgeUpgrade, MeshHeader } from '../../runtime/transport/mesh/handshake.ts';

const page = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');

/** The rows of the table whose head starts with `columns`. */
function table(...columns: string[]): string[][] {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${columns.join(' | ')} |`));
  assert.ok(head >= 0, `the page has a table of ${columns.join(', ')}`);
  const rows: string[][] = [];
  for (let at = head + 2; lines[at]?.startsWith('|') === true; at += 1) {
    rows.push(
      (lines[at] ?? '')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

/** The fenced blocks of one kind. */
function blocks(kind: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${kind}\\n([^\`]*)\`\`\``, 'g'))].map(([, body = '']) => body.trim());
}

const scope: FrameScope = {
  epoch: 3,
  own: { index: 0, firstRank: 0, ranks: 2 },
  peer: { index: 1, firstRank: 2, ranks: 2 },
};

test('the header table gives the place of every field', () => {
  const rows = table('offset', 'bytes', 'type', 'field');
  const sizes: Record<string, number> = { u8: 1, u16: 2, u32: 4, i32: 4, f64: 8 };
  const writers: Record<string, (view: DataView, at: number) => void> = {
    u8: (view, at) => view.setUint8(at, 1),
    u16: (view, at) => view.setUint16(at, 1, true),
    u32: (view, at) => view.setUint32(at, 1, true),
    i32: (view, at) => view.setInt32(at, 1, true),
    f64: (view, at) => view.setFloat64(at, 1, true),
  };
  let end = 0;
  for (const [offset, bytes, type = '', field = ''] of rows) {
    assert.equal(Number(offset), end, `${field} follows the field before it`);
    assert.equal(Number(bytes), sizes[type], field);
    end += Number(bytes);
    if (['magic', 'version', 'reserved'].includes(field)) continue;
    const expected = encodeHeader({ ...createHeader(0 as Kind) });
    writers[type]?.(new DataView(expected.buffer), Number(offset));
    const header: Header = { ...createHeader(0 as Kind), [field]: 1 };
    assert.deepEqual(encodeHeader(header), expected, `${field} is where the table says`);
  }
  assert.equal(end, headerBytes);
  assert.deepEqual(
    rows.map(([, , , field]) => field).sort(),
    [...Object.keys(createHeader()), 'magic', 'reserved', 'version'].sort(),
  );
  assert.match(rows[0]?.[4] ?? '', new RegExp(`0x${magic.toString(16)}`));
  assert.equal(rows[1]?.[4], String(protocolVersion));
});

test('the tables of kinds, flags and formats are those of the code', () => {
  assert.deepEqual(Object.fromEntries(table('code', 'kind').map(([code, kind]) => [kind, Number(code)])), { ...Kind });
  assert.deepEqual(Object.fromEntries(table('bit', 'flag').map(([bit, flag]) => [flag, Number(bit)])), { ...Flag });
  const formats = table('code', 'element type');
  for (const [code, name] of formats.slice(1)) {
    assert.equal(formatName(Number(code)), name);
    assert.ok(elementBytes(Number(code)) >= 1);
  }
  assert.equal(formatName(formats.length), 'a serialised value', 'no type is missing on the page');
});

test('the table of limits has their values, and every limit that the page names', () => {
  const known = limits as Readonly<Record<string, unknown>>;
  const listed = new Set<string>();
  for (const [name = '', value] of table('name', 'value')) {
    assert.equal(known[name], Number(value), name);
    listed.add(name);
  }
  const named = [...page.matchAll(/`(\w+(?:Bytes|Max|Ms))`/g)].map(([, name = '']) => name);
  assert.deepEqual(
    named.filter((name) => !listed.has(name)),
    [],
  );
});

test('the frames of the page encode, decode and are taken', () => {
  const vectors = blocks('frame');
  assert.ok(vectors.length >= 9);
  const kinds = new Set<number>();
  for (const vector of vectors) {
    const [json = '', ...hex] = vector.split('\n');
    const header: Header = { ...createHeader(), ...(JSON.parse(json) as Partial<Header>) };
    const frame = Uint8Array.from(Buffer.from(hex.join(''), 'hex'));
    assert.deepEqual(decodeHeader(frame), header, json);
    assert.deepEqual(encodeHeader(header), frame.subarray(0, headerBytes), json);
    assert.equal(checkFrame(frame, scope), true, json);
    kinds.add(header.kind);
  }
  const within: readonly Kind[] = [Kind.failed, Kind.abort, Kind.handback, Kind.ask, Kind.answer];
  const crossing = Object.values(Kind).filter((kind) => !within.includes(kind));
  assert.deepEqual(
    [...kinds].sort((a, b) => a - b),
    crossing,
    'there is a frame of every kind that crosses links',
  );
});

/** What the error says when a rule is broken, by the rule's number on the page. */
const ruleWords: Readonly<Record<string, RegExp>> = {
  2: /a header has 64/,
  3: /magic|version/,
  4: /unknown flags|reserved/,
  5: /the header says/,
  6: /not an integer/,
  7: /no link carries/,
  8: /an eager message of/,
  9: /may be in flight/,
  10: /past 2\^53/,
  11: /payload where none belongs/,
  13: /source rank/,
  14: /destination rank/,
};

test('the refused frames of the page break the rule that they are listed for', () => {
  const rules = table('rule', 'demand', 'otherwise');
  const shown = new Set(['1']);
  for (const vector of blocks('refused')) {
    const [rule = '', ...hex] = vector.split('\n');
    shown.add(rule);
    const frame = Uint8Array.from(Buffer.from(hex.join(''), 'hex'));
    if (rules.find(([number]) => number === rule)?.[2] === 'drop') assert.equal(checkFrame(frame, scope), false, rule);
    else {
      const message = ruleWords[rule] ?? /^$/;
      assert.throws(() => checkFrame(frame, scope), { code: 'ERR_PROTOCOL', message }, `rule ${rule}`);
    }
  }
  assert.deepEqual(
    rules.map(([number]) => number),
    [...shown],
    'every rule has its frame, in order',
  );
});

test('the handshake of the page is accepted, with the answer that it gives', () => {
  const [vector = ''] = blocks('handshake');
  const fields = Object.fromEntries(vector.split('\n').map((line) => line.split(': ') as [string, string]));
  const { answer, ...claim } = fields;
  const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
  const headers: Record<string, string> = { upgrade: 'websocket', 'sec-websocket-version': '13', ...claim };
  const verdict = judgeUpgrade(
    { method: 'GET', path: '/mpi/v1', header: (name) => headers[name] ?? '' },
    { meshId: 'example-mesh', epoch: 3, index: 2, secret },
    () => 'free',
  );
  assert.deepEqual(verdict, { accepted: true, from: 7, proof: answer });
  const names = Object.values(MeshHeader);
  assert.deepEqual(Object.keys(claim), names);
  assert.deepEqual(
    table('header', 'value').map(([name]) => name),
    names,
  );
  const dialled = claimDial({ meshId: 'example-mesh', epoch: 3, index: 7, secret }, 2).headers;
  assert.deepEqual(Object.keys(dialled), names);
  assert.match(dialled['x-tsmpi-nonce'] ?? '', /^[0-9a-f]{32}$/);
});

test('the messages of the page are those of the proto', () => {
  const proto = readFileSync(new URL('../../runtime/rendezvous/rendezvous.proto', import.meta.url), 'utf8');
  const bodies = (message: string): string[] => {
    const [, oneof = ''] = new RegExp(`message ${message} \\{[^}]*oneof body \\{([^}]*)\\}`).exec(proto) ?? [];
    return [...oneof.matchAll(/(\w+) = \d+;/g)].map(([, name = '']) => name);
  };
  const join = table('message', 'direction', 'when');
  const going = (direction: string) =>
    join.filter(([, arrow]) => arrow === direction || arrow === 'both').map(([name]) => name);
  assert.deepEqual(going('sandbox → launcher').sort(), bodies('FromSandbox').sort());
  assert.deepEqual(going('launcher → sandbox').sort(), bodies('FromLauncher').sort());
  assert.deepEqual(
    table('message', 'when').map(([name]) => name),
    bodies('OutputMessage'),
  );
});
