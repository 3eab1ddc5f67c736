/** A role for the tests of its life: `calls` decides whether a drain ends by itself; each verb is told to the parent. */
import { configFrom, run } from '../src/index.ts'

const [data, mode] = process.argv.slice(2) as [string, string]
const say = (verb: string): void => void (process.connected && process.send?.({ kind: 'said', verb }))

await run(
  'appserver',
  async () => {
    if (mode === 'busy')
      throw Object.assign(new Error('bind EADDRINUSE'), { code: 'EADDRINUSE', syscall: 'bind', address: '127.0.0.1', port: 6060 })
    return {
      drain() {
        say('drain')
        return mode === 'calls' || mode === 'bounded' ? new Promise(() => {}) : Promise.resolve()
      },
      async stop() {
        say('stop')
      },
      refuseNew: () => say('refuse new'),
      health: () => ({ calls: mode === 'calls' ? 1 : 0 }),
    }
  },
  { config: configFrom({ data, drainSeconds: mode === 'bounded' ? 1 : 0 }) },
)
