/** What loopback cannot show: a full kernel buffer, and link-local addresses. In network namespaces, which only root may make. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const loader = join(import.meta.dirname, '../../../scripts/typescript.mjs')
const program = join(import.meta.dirname, 'inside-namespace.ts')

/** Sets up the namespace with a shell command, then runs the finding there. */
async function inside(setUp: string, finding: string): Promise<unknown> {
  const node = `"${process.execPath}" --conditions=@strowger/source --import "${loader}" "${program}" ${finding}`
  const { stdout } = await run('unshare', ['--net', 'sh', '-ec', `${setUp}; exec ${node}`])
  return JSON.parse(stdout)
}

describe.runIf(process.getuid?.() === 0)('UdpSocket in a namespace', () => {
  it('refuses when kernel and queue are full, tells when there is room, and loses nothing it took', async () => {
    const slow = 'ip link set lo up; tc qdisc add dev lo root tbf rate 4mbit burst 10kb latency 60s'
    expect(await inside(slow, 'slowLink')).toEqual({ beyondQueue: true, refused: 1, allSent: true, allArrived: true })
  })

  it('hears and answers link-local addresses with their zone as a number (RFC 4007 §11)', async () => {
    const link =
      'ip link set lo up; ip link add name one type veth peer name two; ip link set one up; ip link set two up; ip addr add fe80::1/64 dev one nodad'
    const heard = (await inside(link, 'linkLocal $(ip -o link show one | cut -d: -f1)')) as {
      bound: string
      localOfAnswerer: string
      peer: string
    }
    expect(heard.bound).toMatch(/^fe80::1%\d+$/)
    expect(heard.localOfAnswerer).toBe(heard.bound)
    expect(heard.peer).toBe(heard.bound)
  })
})
