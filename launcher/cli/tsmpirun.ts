#!/usr/bin/env node
/**
 * The command `tsmpirun`.
 */
import { tsmpirun } from './main.ts';

// Whatever still listens (standard input, most often) must not keep the command after its job.
process.exit(await tsmpirun(process.argv.slice(2)));
