import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../../launcher/supervise/timeline.ts';

test('the timeline lists what was reached, in the order in which it was, each once', () => {
  const timeline = new Timeline();
  timeline.mark('bundled');
  timeline.mark('ranksOver');
  timeline.mark('firstOutput');
  timeline.mark('ranksOver');
  assert.deepEqual(
    timeline.entries().map(({ phase }) => phase),
    ['bundled', 'ranksOver', 'firstOutput'],
  );
  for (const line of timeline.lines()) assert.match(line, /^ +\d+ ms {2}\+ +\d+ {2}\S/);
});
