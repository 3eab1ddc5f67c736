/** A real name server on a port of loopback, with the records a test gives it, and one that never answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { freePort } from '../ports.ts'
import { until } from '../until.ts'

export interface NameServer {
  /** As a resolver is told of it. */
  readonly address: string
  stop(): Promise<void>
}

/** `records`: options of dnsmasq, without their dashes: `srv-host=_sip._udp.a.test,one.a.test,5060,1,50`. All it knows ends in `.test`. */
export async function dnsmasq(records: readonly string[], ttlSeconds = 60): Promise<NameServer> {
  const port = await freePort()
  const child = spawn(
    'dnsmasq',
    [
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--log-facility=-', '--user=', '--group='],
      ...['--no-resolv', '--no-hosts', '--no-daemon', '--local=/test/', '--cache-size=0', `--local-ttl=${ttlSeconds}`],
      ...['--listen-address=127.0.0.1', '--bind-interfaces', `--port=${port}`],
      ...records.map(record => `--${record}`),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', chunk => (said += chunk))
  await until('a name server', () => {
    if (child.exitCode !== null) throw new Error(`dnsmasq ended with ${child.exitCode}: ${said}`)
    return said.includes('started, version')
  })
  return { address: `127.0.0.1:${port}`, stop: () => stop(child) }
}

export async function blackHole(): Promise<NameServer> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    stop: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
