/** `kill -9` of a relay with five hundred calls: every stream goes on, on the ports its parties know. What is missing is counted in packets. */
import { afterEach, describe, expect, it } from 'vitest'
import { type Platform, type PlatformOptions, run, startPlatform } from '../../../e2e/platform.ts'
import { freePort } from '../../../e2e/ports.ts'
import { type End, Phones, type PhonesOptions } from './restart-phones.ts'

const CALLS = 500
const ROUND_MS = 250

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(options: PlatformOptions): Promise<Platform> {
  const platform = await startPlatform({ roles: 'media,portal', ...options })
  closing.push(() => platform.stop())
  return platform
}

async function killedInMidCall(platform: Platform, options: Omit<PhonesOptions, 'calls' | 'roundMs' | 'relay'>): Promise<End> {
  const relay = { address: platform.ports.listen, ng: platform.ports.ng }
  const phones = new Phones({ relay, calls: CALLS, roundMs: ROUND_MS, ...options })
  const hangUp = phones.hangUp.bind(phones)
  closing.push(() => hangUp().catch(() => {}))
  await phones.flow()
  await platform.restart('media')
  await phones.flow()
  const end = await hangUp()
  const back = platform.lines.find(({ msg }) => msg === 'sessions go on after the restart')
  expect(back).toMatchObject({ sessions: CALLS })
  expect(end.missing).toHaveLength(2 * CALLS)
  const most = Math.max(...end.missing)
  console.log(
    `packets missing per stream, one each ${ROUND_MS} ms: at most ${most}, mean ${mean(end.missing)}; sessions back in ${back?.ms} ms`,
  )
  return end
}

describe(`${CALLS} calls go on`, () => {
  it('where the relay forwards', async () => {
    const from = (await freePort(4 * CALLS + 400)) + 1
    const platform = await start({ config: { media: { fastPath: 'off', ports: { from, to: from + 4 * CALLS + 398 } } } })
    await killedInMidCall(platform, { address: '127.0.0.1' })
  })

  it.runIf(process.getuid?.() === 0)('without a packet missing or not counted where the kernel does (root only)', async context => {
    const link = await openLink()
    closing.push(() => link.close())
    const platform = await start({
      inside: link.relay.inside,
      config: {
        listen: link.relay.address,
        media: { ng: { address: link.relay.address }, ports: { from: 20_000, to: 20_000 + 4 * CALLS + 398 } },
      },
    })
    const refused = platform.lines.find(({ msg }) => msg.startsWith('no kernel fast path'))
    if (refused !== undefined) context.skip(`the kernel does not take it: ${refused.reason}`)
    const { missing, counted, said } = await killedInMidCall(platform, link.phones)
    expect(missing.filter(count => count > 0)).toEqual([])
    expect(counted.filter(count => count !== said)).toEqual([])
  })
})

interface Place {
  readonly address: string
  readonly inside: readonly string[]
}

/** A network of its own for the relay, one for the phones, and a link between them: the kernel forwards nothing on loopback. */
async function openLink(): Promise<{ readonly relay: Place; readonly phones: Place; close(): Promise<void> }> {
  const [relay, phones] = [`sw${process.pid}relay`, `sw${process.pid}phones`]
  const close = async (): Promise<void> => {
    for (const name of [relay, phones]) await run('ip', ['netns', 'del', name])
  }
  const commands = [
    ...[relay, phones].flatMap(name => [`netns add ${name}`, `-n ${name} link set lo up`]),
    `link add eth0 netns ${relay} type veth peer name eth0 netns ${phones}`,
    `-n ${relay} addr add 10.98.0.2/24 dev eth0`,
    `-n ${phones} addr add 10.98.0.1/24 dev eth0`,
    ...[relay, phones].map(name => `-n ${name} link set eth0 up`),
  ]
  for (const command of commands) {
    const { code, complaint } = await run('ip', command.split(' '))
    if (code === 0) continue
    await close()
    throw new Error(`ip ${command}: ${complaint}`)
  }
  const inside = (name: string): readonly string[] => ['ip', 'netns', 'exec', name]
  return { relay: { address: '10.98.0.2', inside: inside(relay) }, phones: { address: '10.98.0.1', inside: inside(phones) }, close }
}

function mean(numbers: readonly number[]): string {
  return (numbers.reduce((sum, one) => sum + one, 0) / numbers.length).toFixed(1)
}
