/** Addresses as users write them. */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port` or `[::1]:port`; null for what is neither. */
export function parseAddress(text: string): HostPort | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  return host !== undefined && port <= 65_535 ? { host, port } : null;
}
