/** How the sandboxes of a job reach each other: by memory that they share, or by sockets, in whose hands. */
import type { Backend } from '../backends/backend.ts';
import type { JobSpec } from '../job-spec.ts';
import type { JobArea } from './job-area.ts';
import { findKoffi } from './koffi.ts';
import { makeSegmentFile, type SegmentFile, type SegmentLoss } from './segment-file.ts';

export interface Paths {
  /** The memory that they share. */
  readonly segment: SegmentFile | null;
  /** Why they share none although they might. */
  readonly lost: SegmentLoss | null;
  /** They share none; but a rank that is alone in its sandbox can use the sandbox's links itself, through koffi. */
  readonly bareLinks: { readonly koffi: string } | null;
}

/** What the user is told where sandboxes could share memory and cannot. */
export function slowerLine({ why, remedy }: SegmentLoss): string {
  return `tsmpirun: ${why}: sandboxes talk over sockets, which is slower (${remedy})`;
}

/** Chooses, and makes the segment's file, for the job directory to hand to the sandboxes' user. */
export function pathsOf(spec: JobSpec, backend: Backend, area: JobArea, segmentName = 'segment'): Paths {
  const choice = makeSegmentFile(spec, backend, area, segmentName);
  if (choice !== null && 'path' in choice) return { segment: choice, lost: null, bareLinks: null };
  const koffi = backend.sharesMemory === true ? findKoffi() : null;
  return { segment: null, lost: choice, bareLinks: koffi === null || 'why' in koffi ? null : { koffi: koffi.path } };
}
