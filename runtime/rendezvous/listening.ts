import { connect } from 'node:net';

/**
 * Whether a process listens at that path: the kernel says so even while its thread computes, and no longer once it is
 * dead.
 */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
  });
}
