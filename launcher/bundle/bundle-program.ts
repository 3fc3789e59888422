/**
 * One program of a job and everything that it imports, as one ES module that a rank can run.
 */
export interface BundleOptions {
  /** Absolute path of the program. */
  readonly script: string;
  /** Absolute path; made if it does not exist. Bundles of different programs need different ones. */
  readonly outDirectory: string;
  /** Working directory: problems name files relative to it. */
  readonly cwd: string;
  /** Root of the tsmpi package, whose built entries the program's `import … from 'tsmpi'` gets. */
  readonly tsmpiRoot: string;
}

export interface Bundle {
  /** Absolute path of the module to run, in `outDirectory`; its source map lies beside it. */
  readonly entry: string;
  /** Directories that the bundle reads at run time, to be mounted read-only at their own paths. */
  readonly externals: readonly string[];
  /** Size of the module without its source map. */
  readonly bytes: number;
}

/** Bundles a program once, for all its ranks. Throws BundleError when it has an error or an import cannot be resolved. */
export declare function bundleProgram(options: BundleOptions): Promise<Bundle>;
