/** What is private in a test: a server of the test's own on loopback, as long as its file runs. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
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
  return served(server, () => undefined);
}

/** The same with requests of HTTP. */
export function privateApi(answer: RequestListener): PrivateService {
  const server = createHttpServer(answer);
  return served(server, () => server.closeAllConnections());
}

function served(server: Server, end: () => void): PrivateService {
  const service = { target: '' };
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    service.target = `127.0.0.1:${String((server.address() as { port: number }).port)}`;
  });
  after(() => {
    server.close();
    end();
  });
  return service;
}
