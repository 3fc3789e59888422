/**
 * `s3`: one bucket of an S3-compatible store. Requests are signed here (AWS Signature Version 4): the rank's client may
 * have any keys, or none.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { sign } from 'aws4';
import { badField, flagIn, textOf } from '../wire/checked-fields.ts';
import { HttpDoor, sendXml } from './http-door.ts';
import { baseIn, certificateIn, HttpForward, keptHeaders, pathBelow } from './http-forward.ts';
import { refusalOf } from './s3-rules.ts';
import { secretFrom } from './secret.ts';
import type { Target, TargetKind } from './target.ts';

export const s3Kind: TargetKind = {
  kind: 's3',
  keys: ['endpoint', 'bucket', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'region', 'write', 'ca'],
  parse: (fields, place) => {
    const endpoint = baseIn(fields, 'endpoint', place);
    if (endpoint.pathname !== '/') throw badField(place, 'endpoint has a path', 'the bucket has a key of its own');
    const bucket = textOf(fields, 'bucket', place);
    if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/u.test(bucket) || bucket.includes('..')) {
      throw badField(place, `bucket ${JSON.stringify(bucket)} is no name of a bucket`);
    }
    const secret = (name: string): string => secretFrom(fields[name], name, place);
    return new S3Target({
      endpoint,
      bucket,
      region: fields['region'] === undefined ? 'us-east-1' : textOf(fields, 'region', place),
      isWritable: flagIn(fields, 'write', place) ?? false,
      ca: certificateIn(fields, place),
      credentials: {
        accessKeyId: secret('accessKeyId'),
        secretAccessKey: secret('secretAccessKey'),
        ...(fields['sessionToken'] === undefined ? {} : { sessionToken: secret('sessionToken') }),
      },
    });
  },
};

interface S3Place {
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  readonly isWritable: boolean;
  readonly ca: string | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; sessionToken?: string };
}

/** Of the rank's own signature, or no part of what is signed. */
const replaced: ReadonlySet<string> = new Set([
  'authorization',
  'date',
  'expect',
  'host',
  'x-amz-date',
  'x-amz-security-token',
]);
const emptyHash = createHash('sha256').digest('hex');

class S3Target implements Target {
  readonly kind = 's3';
  readonly port = 9000;
  readonly #place: S3Place;
  readonly #door = new HttpDoor((request, response) => this.#answer(request, response));
  readonly #forward: HttpForward;

  constructor(place: S3Place) {
    this.#place = place;
    this.#forward = new HttpForward(place.endpoint, place.ca);
  }

  connect(): Promise<Duplex> {
    return Promise.resolve(this.#door.connect());
  }

  close(): void {
    this.#forward.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', headers, rawHeaders } = request;
    const { endpoint, bucket, region, credentials } = this.#place;
    const below = pathBelow(endpoint, request.url ?? '');
    if (below === null) {
      sayError(response, 400, 'InvalidURI', 'the path leads out of the resource');
      return;
    }
    const [, plain = '', search = ''] = /^([^?]*)(.*)$/su.exec(below) ?? [];
    // `/bucket/` and `/bucket` are the same; not every store takes the signature of the first one.
    const path = `${plain.replace(/^(\/[^/]+)\/$/u, '$1')}${search}`;
    const query = new URLSearchParams(search);
    if (plain === '/' && method === 'GET') {
      sayBuckets(request, response, bucket);
      return;
    }
    const refusal = refusalOf({ method, path: plain, query, headers }, this.#place);
    if (refusal !== null) {
      sayError(response, 403, 'AccessDenied', refusal);
      return;
    }
    const payload = payloadOf(headers);
    if (payload === null) {
      sayError(response, 501, 'NotImplemented', 'payloads signed piece by piece are not passed on');
      return;
    }
    const kept = keptHeaders(rawHeaders, replaced);
    const flat = Object.fromEntries(Object.entries(kept).map(([name, values]) => [name, values.join(',')]));
    const wanted = { ...flat, host: endpoint.host, 'x-amz-content-sha256': payload };
    const signed = sign({ service: 's3', region, method, path, headers: wanted }, { ...credentials });
    this.#forward.pass(request, response, {
      path: signed.path ?? path,
      headers: signed.headers ?? {},
      failed: (reason) => sayError(response, 503, 'ServiceUnavailable', reason),
    });
  }
}

/** What is said of the body in the signature: what the client said, where that holds whoever signs. */
function payloadOf(headers: IncomingMessage['headers']): string | null {
  const said = headers['x-amz-content-sha256'];
  if (typeof said === 'string' && said.startsWith('STREAMING-AWS4')) return null;
  if (typeof said === 'string') return said;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody ? 'UNSIGNED-PAYLOAD' : emptyHash;
}

function sayError(response: ServerResponse, status: number, code: string, message: string): void {
  const text = message.replace(/[<>&]/gu, ' ');
  const root = `<Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  sendXml(response, root, status, { connection: 'close' });
}

/** The list of buckets: this one. */
function sayBuckets(request: IncomingMessage, response: ServerResponse, bucket: string): void {
  request.resume();
  sendXml(
    response,
    '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>-</ID></Owner>' +
      `<Buckets><Bucket><Name>${bucket}</Name><CreationDate>1970-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets>` +
      '</ListAllMyBucketsResult>',
  );
}
