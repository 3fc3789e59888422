/**
 * Keeps what ranks print from doing things to the user's terminal: no control character reaches it but tab, newline
 * and colours. Everything else is shown (`^[` for escape), not dropped.
 */
import { incompleteBytes } from './line-buffer.ts';

// The text is taken byte by byte (latin1), so that no character can hide from the pattern; C2 80–9F are the control
// characters above ASCII in UTF-8.

const suspicious = /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/;

const harmlessOrNot = /\x1b\[[\d;:]{0,32}m|\r+\n|[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/g;

const beginsSequence = /\x1b(?:\[[\d;:]{0,32})?$/;
const colourReset = '\x1b[0m';

/**
 * The same bytes, or a harmless copy. `keepReturns`: carriage returns stay, for the progress bars of a job of one rank;
 * where lines of several ranks stand below each other they could overwrite another's tag.
 */
export function harmless(bytes: Uint8Array, keepReturns = false): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (!suspicious.test(text)) return bytes;
  const shown = text.replace(harmlessOrNot, (match) => {
    if (match.endsWith('m') && match.length > 1) return match;
    if (match.endsWith('\n') || (keepReturns && match === '\r')) return match;
    return match.length === 2 ? `\\x${match.charCodeAt(1).toString(16)}` : caret(match.charCodeAt(0));
  });
  const isColoured = shown.includes('\x1b');
  if (!isColoured || keepReturns) return Buffer.from(shown, 'latin1');
  // A colour that is not switched off would dye the next rank's lines.
  const end = shown.endsWith('\n') ? shown.length - 1 : shown.length;
  return Buffer.from(`${shown.slice(0, end)}${colourReset}${shown.slice(end)}`, 'latin1');
}

function caret(code: number): string {
  return code === 0x7f ? '^?' : `^${String.fromCharCode(code + 0x40)}`;
}

/** The same for bytes as they come, cut anywhere: for the one rank of a job, whose partial lines pass at once. */
export class HarmlessStream {
  #held: Uint8Array = new Uint8Array();

  push(bytes: Uint8Array): Uint8Array {
    const all = this.#held.byteLength === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const tail = Buffer.from(all.buffer, all.byteOffset, all.byteLength).toString('latin1').slice(-40);
    const held = beginsSequence.exec(tail)?.[0].length ?? incompleteBytes(all);
    this.#held = all.subarray(all.byteLength - held);
    return harmless(all.subarray(0, all.byteLength - held), true);
  }

  end(): Uint8Array {
    const held = this.#held;
    this.#held = new Uint8Array();
    return harmless(held, true);
  }
}
