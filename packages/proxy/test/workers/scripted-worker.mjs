// A worker of a few lines, in the words that `runThread` uses: `init.script` says by which order it does what.
import { parentPort, workerData } from 'node:worker_threads'

const { worker, init } = workerData
const tell = news => parentPort.postMessage({ kind: 'tell', news })
const does = what => init.nonceKey.toString().split(' ').includes(`${worker}:${what}`)

init.port.on('message', ({ kind, map }) => {
  if (kind === 'retire') init.port.postMessage({ kind: 'left' })
  if (kind !== 'map') return
  init.port.postMessage({ kind: 'aware', version: map.version })
  const kept = map.chains.flatMap((chain, shard) => (chain.includes(worker) && chain.at(-1) !== worker ? [shard] : []))
  if (kept.length > 0) init.port.postMessage({ kind: 'released', shards: kept })
})
parentPort.on('message', ({ kind, id, question }) => {
  if (kind !== 'ask') return
  const answer = value => parentPort.postMessage({ kind: 'answer', id, value })
  if (question.kind === 'stop') setImmediate(() => process.exit(0))
  else if (question.kind === 'drain') setTimeout(answer, does('drains-long') ? 300 : 0)
  else if (question.kind === 'health') answer({ worker })
  else answer([])
  if (question.kind === 'health' && does('hangs')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
const ready = () => {
  tell({ kind: 'ready' })
  if (does('dies')) setTimeout(() => process.exit(3), 20)
}
setTimeout(ready, does('is-slow') ? 400 : 0)
