/**
 * `tsmpi/launcher`: starting jobs from a program.
 */
export type { Backend, ExitReason, Mount, Sandbox, SandboxLimits, SandboxRequest } from './backends/backend.ts';
export { type Job, type LaunchOptions, launch } from './launch.ts';
export type { OutputLine } from './line-feed.ts';
export type { RankExit } from './supervise/result.ts';
