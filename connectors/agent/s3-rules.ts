/**
 * What a rank may ask of a bucket. The agent signs what it lets through, with keys that may be good for more: so it
 * lets through what reads and lists objects of this one bucket (and, where it is writable, writes and deletes them).
 */

export interface BucketRules {
  readonly bucket: string;
  readonly isWritable: boolean;
}

export interface S3Question {
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Parameters that say how, not what. */
const anywhere = ['x-id'];
const ofLists = [
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'list-type',
  'location',
  'marker',
  'max-keys',
  'max-uploads',
  'prefix',
  'start-after',
  'upload-id-marker',
  'uploads',
  'version-id-marker',
  'versions',
];
const ofReads = [
  'attributes',
  'max-parts',
  'part-number-marker',
  'partNumber',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'uploadId',
  'versionId',
];
const ofWrites = ['partNumber', 'uploadId', 'uploads', 'versionId'];

/** Why it may not be asked, or null: it may. */
export function refusalOf(question: S3Question, { bucket, isWritable }: BucketRules): string | null {
  const { method, path, query, headers } = question;
  const [, first = '', ...rest] = path.split('/');
  const isObject = rest.join('/') !== '';
  if (decodeURIComponent(first) !== bucket) return `the resource is the bucket ${bucket}`;
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead && !isWritable) return 'the resource is only read';
  const known = isRead ? (isObject ? ofReads : ofLists) : isObject ? ofWrites : ['delete'];
  const other = [...query.keys()].find((name) => !known.includes(name) && !anywhere.includes(name));
  if (other !== undefined) return `${method} with ${other.slice(0, 40)} is not passed on`;
  if (isRead) return null;
  if (!isObject && !(method === 'POST' && query.has('delete'))) return 'the bucket itself is not changed';
  if (!['PUT', 'POST', 'DELETE'].includes(method)) return `${method.slice(0, 20)} is not passed on`;
  const grant = Object.keys(headers).find((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-'));
  if (grant !== undefined) return `${grant} is not passed on: rights are the bucket's own`;
  const source = headers['x-amz-copy-source'];
  return source === undefined || isIn(bucket, source) ? null : 'copies are made within the bucket';
}

/** Of a copy: `/bucket/key` or `bucket/key`, percent-encoded. */
function isIn(bucket: string, source: string | readonly string[]): boolean {
  if (typeof source !== 'string') return false;
  try {
    const path = decodeURIComponent(source).replace(/^\//u, '');
    return path.startsWith(`${bucket}/`) && !path.split('/').includes('..');
  } catch {
    return false;
  }
}
