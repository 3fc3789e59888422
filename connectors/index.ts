/**
 * `tsmpi/connectors`: private datasets, by name.
 * @module tsmpi/connectors
 */
export { connect, type ConnectOptions, endpoint } from './rank/connect.ts';
export { dataset, type DatasetOptions, type DatasetSource } from './rank/dataset.ts';
