/** What came of a rank's wish, as a message and as its receiver knows it. */
import { clip } from './clip.ts';
import type { Answer } from './options.ts';
import type { FromLauncher, FromLauncherBody } from './protocol.ts';

export function answerOf({ rank, number, result }: Answer): FromLauncherBody {
  if ('code' in result) return { answer: { rank, number, code: result.code, words: clip(result.words) } };
  if ('firstRank' in result) return { answer: { rank, number, firstRank: result.firstRank } };
  return { answer: { rank, number, met: { ...result.met, ranks: [...result.met.ranks] } } };
}

export function answered(message: NonNullable<FromLauncher['answer']>): Answer {
  const { rank = 0, number = 0, code = '', words = '', firstRank = 0, met } = message;
  if (code !== '') return { rank, number, result: { code, words } };
  // Null when absent, whatever the generated type says.
  if (!met) return { rank, number, result: { firstRank } };
  const { ranks = [], communicator = 0, second = false } = met;
  return { rank, number, result: { met: { ranks, communicator, second } } };
}
