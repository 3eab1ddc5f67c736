/**
 * Work that nobody waits for on a call: folding the facts of all roles into one record per call. `CdrWriter` is the writer without
 * clock and process; `startJobs` runs it as the role `jobs`.
 * @packageDocumentation
 */
export { type CdrCounts, CdrWriter, type CdrWriterOptions } from './cdr-writer.ts'
export { startJobs } from './daemon.ts'
export { type SpoolFile, SpoolFolder, type SpoolPiece } from './spool-folder.ts'
