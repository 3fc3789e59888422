/** Words of a command line that concern connectors. */
import { type HostPort, parseAddress } from '../../connectors/wire/address.ts';
import { isName, namesAre } from '../../connectors/wire/names.ts';
import { jobNameBytesMax } from '../../runtime/core/limits.ts';
import { refuse } from './refusal.ts';

export function resourceName(as: string, text: string): string {
  if (isName(text)) return text;
  return refuse(`${as} ${String(text)}`, 'no name of a resource', namesAre);
}

/** `HOST:PORT` or `[::1]:PORT`; port 0 takes any free one. */
export function listenAddress(as: string, text: string): HostPort {
  return parseAddress(text) ?? refuse(`${as} ${text}`, 'no address', `write HOST:PORT, for example ${as} 0.0.0.0:7465`);
}

export function jobName(as: string, text: string): string {
  if (text !== '' && Buffer.byteLength(text) <= jobNameBytesMax) return text;
  return refuse(`${as} ${text}`, 'no name', `give 1 to ${String(jobNameBytesMax)} bytes`);
}
