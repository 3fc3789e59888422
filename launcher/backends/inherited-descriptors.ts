/**
 * Descriptors that this process got from whoever started it and would pass on to every child. An open directory or
 * socket of the host in a sandbox is a hole, so children get the null device in their place.
 */
import { openSync, readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;
const firstInherited = 3;

/**
 * Numbers from 3 on that are not closed at exec. Node closes the lowest ones for its children but stops at a gap, and
 * opens none such itself, so once per process is enough.
 */
function inheritedDescriptors(): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    return [];
  }
  return names
    .map(Number)
    .filter((descriptor) => descriptor >= firstInherited && !isClosedOnExec(descriptor))
    .sort((left, right) => left - right);
}

function isClosedOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'utf8'))?.[1];
    return flags === undefined || (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return true; // The descriptor of the listing itself, closed by now.
  }
}

let cover: { readonly inherited: readonly number[]; readonly nullDevice: number } | undefined;

/** `stdio` of a spawn, with the null device wherever a descriptor would be inherited. */
export function coverInherited<T>(stdio: readonly T[]): (T | 'ignore' | number)[] {
  cover ??= { inherited: inheritedDescriptors(), nullDevice: openSync('/dev/null', 'r+') };
  const { inherited, nullDevice } = cover;
  const covered: (T | 'ignore' | number)[] = [...stdio];
  for (const descriptor of inherited) {
    if (descriptor < stdio.length) continue;
    while (covered.length < descriptor) covered.push('ignore');
    covered[descriptor] = nullDevice;
  }
  return covered;
}
