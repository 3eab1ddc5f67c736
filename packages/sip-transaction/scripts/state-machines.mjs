/** Writes the content of docs/state-machines.md to stdout, from the built tables. Build first: `npx tsc -b packages/sip-transaction`. */
import { stateMachinesPage } from '../dist/diagram.js'

process.stdout.write(stateMachinesPage())
