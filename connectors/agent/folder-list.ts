/** All files below a folder, as S3 lists a bucket: ListObjectsV2, without groups (`delimiter`) other than `/`. */

/** Of a folder: its name with a `/` behind, and no bytes. */
export interface Entry {
  readonly name: string;
  readonly bytes: number | null;
  readonly changed: Date;
}

/** Gives what the folder with this path holds; the path is empty, or ends with a `/`. */
type Entries = (path: string) => Promise<Entry[]>;

const pageMax = 1000;

interface Asked {
  readonly prefix: string;
  /** Keys up to here are listed already. */
  readonly after: string;
  /** True: what lies in folders below the prefix is told by the folder's name alone. */
  readonly isFlat: boolean;
}

/** One page: the root element of its document. */
export async function listPage(entries: Entries, query: URLSearchParams): Promise<string> {
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString('utf8');
  const asked = { prefix: query.get('prefix') ?? '', after, isFlat: query.get('delimiter') === '/' };
  const most = Math.min(pageMax, Math.max(0, Number(query.get('max-keys') ?? pageMax) || 0));
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : escapeXml;
  const found: Entry[] = [];
  let isTruncated = false;
  for await (const entry of walk(entries, '', asked)) {
    if (found.length === most) {
      isTruncated = true;
      break;
    }
    found.push(entry);
  }
  const last = found.at(-1)?.name ?? after;
  const list = found.map(({ name, bytes, changed }) =>
    bytes === null
      ? `<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${encode(name)}</Key><LastModified>${changed.toISOString()}</LastModified>` +
        `<Size>${String(bytes)}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  return [
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Prefix>${encode(asked.prefix)}</Prefix><MaxKeys>${String(most)}</MaxKeys><KeyCount>${String(found.length)}</KeyCount>`,
    ...(query.get('encoding-type') === 'url' ? ['<EncodingType>url</EncodingType>'] : []),
    `<IsTruncated>${String(isTruncated)}</IsTruncated>`,
    ...(isTruncated
      ? [`<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`]
      : []),
    ...list,
    '</ListBucketResult>',
  ].join('');
}

/** Files in the order of their keys. A folder's `/` counts in it, so that it stands where its files do. */
async function* walk(entries: Entries, path: string, asked: Asked): AsyncGenerator<Entry> {
  const { prefix, after, isFlat } = asked;
  const here = (await entries(path)).map((entry) => ({ ...entry, name: `${path}${entry.name}` }));
  here.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
  for (const entry of here) {
    const { name, bytes } = entry;
    const isBelow = name.startsWith(prefix);
    if (bytes !== null) {
      if (isBelow && Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0) yield entry;
    } else if (isBelow && isFlat && name !== prefix) {
      if (Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0) yield entry;
    } else if ((isBelow || prefix.startsWith(name)) && !isPast(name, after)) yield* walk(entries, name, asked);
  }
}

/** All that the folder may hold is listed already. */
function isPast(folder: string, after: string): boolean {
  return !after.startsWith(folder) && Buffer.compare(Buffer.from(folder), Buffer.from(after)) < 0;
}

const named: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/gu, (mark) => named[mark] ?? mark);
}
