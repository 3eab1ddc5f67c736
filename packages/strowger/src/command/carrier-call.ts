/** `strowger carrier-call [--to DDI] [--seconds N]`: a call from the public network, as the demo carrier hears it. Exit 0 when it was answered. */
import { adminPath, askAdmin, loadConfig } from '@strowger/runtime'
import type { PlacedCall } from '../carrier/place-call.ts'

export async function carrierCall(options: { config?: string; to: string; from: string; seconds: number }): Promise<void> {
  const { to, from, seconds } = options
  const { data } = loadConfig(options.config)
  const patienceMs = (seconds + RING_SECONDS + 10) * 1000
  const wish = JSON.stringify({ to, from, seconds, ringSeconds: RING_SECONDS })
  const answer = await askAdmin(adminPath(data, 'carrier'), '/call', patienceMs, wish).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED') throw error
    throw new Error(`the demo carrier is not running (nothing answers in ${data}/run): start the platform with npm start`)
  })
  process.stdout.write(`${answer}\n`)
  process.exitCode = (JSON.parse(answer) as PlacedCall).status === 200 ? 0 : 1
}

const RING_SECONDS = 60
