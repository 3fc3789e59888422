/**
 * Finds the port through which Piscina gives a worker its tasks. Piscina keeps it to itself, and listening on it holds
 * the event loop: a rank could never be over. It starts to listen right after it has loaded the worker's module, so a
 * listener put on any port between that moment and the first task is Piscina's.
 */
import { MessagePort, parentPort } from 'node:worker_threads';

export class PoolPort {
  readonly #ports: MessagePort[] = [];

  /** Starts to watch; call it while the worker's module is evaluated. */
  constructor() {
    const ports = this.#ports;
    // MessagePort inherits `on`; an own property shadows it until `release` deletes it.
    const inherited = Reflect.get(Object.getPrototypeOf(MessagePort.prototype) as object, 'on') as MessagePort['on'];
    const watch = function (this: MessagePort, ...args: Parameters<MessagePort['on']>): MessagePort {
      ports.push(this);
      return inherited.apply(this, args);
    };
    Object.defineProperty(MessagePort.prototype, 'on', { value: watch, configurable: true, writable: true });
  }

  /** Stops watching, and lets the event loop end although Piscina still listens. Call it when the task has come. */
  release(): void {
    Reflect.deleteProperty(MessagePort.prototype, 'on');
    if (this.#ports.length === 0) throw new Error('Piscina gave this worker a task without listening for one');
    for (const port of this.#ports) port.unref();
    parentPort?.unref();
  }
}
