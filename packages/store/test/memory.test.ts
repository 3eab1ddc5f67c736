/** The store in memory. */
import { openStore } from '../src/index.ts'
import { storeConformance } from './conformance.ts'

storeConformance('memory', () => openStore({ data: '.', store: { kind: 'memory', file: '' } }, { pollMs: 0 }))
