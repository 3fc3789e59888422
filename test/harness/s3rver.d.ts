/** What tests use of it; it has no types of its own. */
declare module '@20minutes/s3rver' {
  class S3rver {
    constructor(options: {
      port: number;
      address: string;
      silent: boolean;
      directory: string;
      configureBuckets: readonly { name: string; configs: readonly string[] }[];
    });
    run(): Promise<{ port: number }>;
    close(): Promise<void>;
  }
  // eslint-disable-next-line no-restricted-syntax -- it is what the package has
  export default S3rver;
}
