/**
 * `tsmpi/launcher`: starting jobs from a program.
 * @module tsmpi/launcher
 */
export type {
  Backend,
  ExitReason,
  Mount,
  Sandbox,
  SandboxExit,
  SandboxLimits,
  SandboxRequest,
} from './backends/backend.ts';
export type { ConnectorGrant } from '../connectors/gateway/policy.ts';
export { type Config, defineConfig } from './config/config.ts';
export { createMesh, type Mesh, type MeshOptions } from './create-mesh.ts';
export { type Job, launch } from './launch.ts';
export type { LaunchOptions } from './launch-options.ts';
export type { OutputLine } from './line-feed.ts';
export type { RankExit } from './supervise/result.ts';
