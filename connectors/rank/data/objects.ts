/** Objects of a resource that speaks HTTP (`s3`, `files`, `http`): which there are, and their bytes. */
import { TsmpiError } from '../../../runtime/core/errors.ts';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

/** At once: each is a stream, of which a rank has few, and a table may have hundreds of columns. */
const readsMax = 8;

export class ObjectReader {
  readonly #base: string;
  readonly #kind: string;
  readonly #signal: AbortSignal | undefined;
  /** In front of keys: of a bucket its name. */
  #root: string | null = null;
  /** By key: which version is read. */
  readonly #tags = new Map<string, string>();
  #reading = 0;
  readonly #waiting: (() => void)[] = [];

  /** `base`: where the resource is dialled, as a URL without a path. */
  constructor(base: string, kind: string, signal: AbortSignal | undefined) {
    [this.#base, this.#kind, this.#signal] = [base, kind, signal];
  }

  /** Whose keys begin with `prefix`, in their order, without empty ones. Of an API: the one with this path. */
  async list(prefix: string): Promise<readonly StoredObject[]> {
    const all = this.#kind === 'http' ? [await this.#probe(prefix)] : await this.#listed(prefix);
    const objects = all.filter(({ key, bytes }) => bytes > 0 && !key.endsWith('/'));
    // Stores differ in how they sort.
    return objects.sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  /** Bytes `from` to `to` (not included), in one piece. Rejects with ERR_CONNECTOR. */
  async read(key: string, from: number, to: number): Promise<ArrayBuffer> {
    while (this.#reading >= readsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading += 1;
    try {
      return await this.#read(key, from, to);
    } finally {
      this.#reading -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #read(key: string, from: number, to: number): Promise<ArrayBuffer> {
    const answer = await this.#range(key, from, to);
    const bytes = await answer.arrayBuffer().catch((error: unknown) => {
      throw cut(key, error);
    });
    if (bytes.byteLength === to - from) return bytes;
    throw failure(`${key}: ${String(bytes.byteLength)} bytes came of ${String(to - from)}`);
  }

  /** The same as they come, without an end before `to`. */
  async *stream(key: string, from: number, to: number): AsyncGenerator<Uint8Array> {
    const { body } = await this.#range(key, from, to);
    let left = to - from;
    try {
      for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
        left -= piece.byteLength;
        yield piece;
      }
    } catch (error) {
      throw cut(key, error);
    }
    if (left !== 0) throw failure(`${key}: ${String(left)} bytes are missing`);
  }

  async #range(key: string, from: number, to: number): Promise<Response> {
    const range = `bytes=${String(from)}-${String(to - 1)}`;
    const answer = await this.#get(await this.#pathOf(key), { range });
    const tag = answer.headers.get('etag') ?? '';
    const known = this.#tags.get(key) ?? tag;
    this.#tags.set(key, known);
    if (answer.status === 206 && tag === known) return answer;
    await answer.body?.cancel();
    if (tag !== known) throw failure(`${key}: it has changed while it was read`);
    throw failure(`${key}: the answer to a range is ${String(answer.status)}, not 206`);
  }

  async #get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`${this.#base}${path}`, { headers, signal: this.#signal ?? null });
    } catch (error) {
      throw cut(path, error);
    }
    if (answer.ok) return answer;
    const text = (await answer.text().catch(() => '')).replace(/<[^>]*>/gu, ' ').trim();
    throw failure(`${path}: ${String(answer.status)} ${text.slice(0, 200)}`);
  }

  async #pathOf(key: string): Promise<string> {
    return `${await this.#rootOf()}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }

  /** The agent of a bucket lists no other. */
  async #rootOf(): Promise<string> {
    if (this.#kind !== 's3') return '';
    if (this.#root !== null) return this.#root;
    const { ListAllMyBucketsResult: list } = await this.#document<{
      ListAllMyBucketsResult: { Buckets: { Bucket: { Name: string } } };
    }>('/');
    this.#root = `/${list.Buckets.Bucket.Name}`;
    return this.#root;
  }

  /** ListObjectsV2, page by page. */
  async #listed(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    const root = (await this.#rootOf()) || '/';
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = new URLSearchParams({ 'list-type': '2', prefix });
      if (token !== '') query.set('continuation-token', token);
      const { ListBucketResult: page } = await this.#document<{ ListBucketResult: ListPage }>(
        `${root}?${String(query)}`,
      );
      for (const { Key, Size } of page.Contents ?? []) found.push({ key: Key, bytes: Number(Size) });
      token = page.IsTruncated === 'true' ? page.NextContinuationToken : undefined;
    }
    return found;
  }

  async #document<T>(path: string): Promise<T> {
    const answer = await this.#get(path);
    const { XMLParser } = await import('fast-xml-parser');
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === 'Contents' });
    return parser.parse(await answer.text()) as T;
  }

  async #probe(path: string): Promise<StoredObject> {
    const key = path.replace(/^\//u, '');
    const answer = await this.#get(await this.#pathOf(key), { range: 'bytes=0-0' });
    await answer.body?.cancel();
    const [, total] = /\/(\d+)$/u.exec(answer.headers.get('content-range') ?? '') ?? [];
    if (answer.status === 206 && total !== undefined) return { key, bytes: Number(total) };
    throw new TsmpiError('ERR_UNSUPPORTED', `${path}: the API gives no ranges of it`, {
      remedy: 'fetch it whole, or serve it from a folder or a bucket',
    });
  }
}

function failure(what: string, cause?: unknown): TsmpiError {
  return new TsmpiError('ERR_CONNECTOR', what, { cause });
}

function cut(key: string, error: unknown): TsmpiError {
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? cause.message : message;
  return failure(`${key}: the stream was cut (${why})`, error);
}

interface ListPage {
  readonly IsTruncated?: string;
  readonly NextContinuationToken?: string;
  readonly Contents?: readonly { readonly Key: string; readonly Size: string }[];
}
