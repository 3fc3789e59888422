/** What the launcher has answered to the first rank of a communicator, told to all of it. */
import type { Engine } from './engine.ts';
import { type CollectiveCall, collective } from './install.ts';
import type { Program } from './program.ts';
import type { Answer } from './requests.ts';

/** `answer`: null but on the first rank, which waits for it. */
export function* told(engine: Engine, call: CollectiveCall, answer: Answer | null): Program<unknown> {
  if (answer !== null && !answer.ready()) {
    engine.watch(answer);
    engine.own(answer);
    if (!answer.done) yield [answer];
  }
  if (answer?.error !== undefined) throw answer.error;
  const heard = yield* collective('broadcast', call, answer?.value, { root: 0 });
  return answer === null ? heard : answer.value;
}
