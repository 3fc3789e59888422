/** What is private in a test: a server of the test's own on loopback, as long as its file runs. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, before } from 'node:test';

export interface PrivateService {
  /** `host:port`; once the tests run. */
  readonly target: string;
}

/** Serves each connection by `serve`. To be called where tests are declared. */
export function privateService(serve: (socket: Socket) => void): PrivateService {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  });
  const service = { target: '' };
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    service.target = `127.0.0.1:${String((server.address() as { port: number }).port)}`;
  });
  after(() => {
    server.close();
  });
  return service;
}
