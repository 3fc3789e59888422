/** In place of the package `long`: to protobufjs as if that were not installed. */
module.exports = null;
