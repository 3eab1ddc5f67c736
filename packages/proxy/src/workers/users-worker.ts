/** The users' proxy in a worker thread; bindings and nonces are asked of the main one. RFC 3261 §16. */
import { runThread } from '@strowger/runtime'
import { startUsersWorker } from '../start-users-proxy.ts'
import type { WorkerInit } from './worker-init.ts'

await runThread<WorkerInit>(startUsersWorker)
