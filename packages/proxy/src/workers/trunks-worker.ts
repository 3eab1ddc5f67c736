/** The trunks' proxy in a worker thread. RFC 3261 §16. */
import { runThread } from '@strowger/runtime'
import { startTrunksWorker } from '../start-trunks-proxy.ts'
import type { WorkerInit } from './worker-init.ts'

await runThread<WorkerInit>(startTrunksWorker)
