/** Kamailio at its best: the fast allocator, shared memory touched beforehand, two processes, nothing logged. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contestant, Place, Transport } from './contestants.ts'
import { Program } from './processes.ts'

export interface KamailioOptions {
  /** What callers use; the next hop is reached by UDP. */
  readonly transport?: Transport
  /** How long a transaction is kept once it has been answered, ms. Its own default, 5000, is less than timers J, L and M of the RFC. */
  readonly wtTimerMs?: number
}

/** Shared memory, MiB: more than any run here takes. */
const POOL = 1024

export function startKamailio(
  { network, core, address, nextHop }: Place,
  { transport = 'udp', wtTimerMs = 5000 }: KamailioOptions = {},
): Contestant {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const control = join(folder, 'control')
  const { connections, modules, events } = extras(transport, address, folder)
  const config = readFileSync(join(import.meta.dirname, 'kamailio.cfg'), 'utf8')
    .replace('LISTEN', address)
    .replace('NEXT_HOP', nextHop)
    .replace('WT_TIMER', String(wtTimerMs))
    .replace('CONTROL', control)
    .replace('\nCONNECTIONS\n', `\n${connections}\n`)
    .replace('\nMODULES\n', `\n${modules}\n`)
    .replace('\nEVENTS\n', `\n${events}\n`)
  writeFileSync(join(folder, 'kamailio.cfg'), config)
  mkdirSync(join(folder, 'run'))
  const files = ['-f', join(folder, 'kamailio.cfg'), '-P', join(folder, 'pid'), '-Y', join(folder, 'run')]
  const memory = ['-m', String(POOL), '-M', '32', '-x', 'tlsf', '-X', 'tlsf']
  const program = new Program(network.commandOn(core, ['kamailio', ...files, '-DD', '-E', ...memory]))
  const close = async (): Promise<void> => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { address, program, close, memoryMb: () => program.memoryMb() - untouchedMb(control) }
}

/** Of the pool, all of which it has touched, what it never used. */
function untouchedMb(control: string): number {
  const printed = execFileSync('kamcmd', ['-s', `unix:${control}`, 'core.shmmem'], { encoding: 'utf8' })
  const figure = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(printed)![1])
  return (figure('total') - figure('max_used')) / 2 ** 20
}

interface Extras {
  readonly connections: string
  readonly modules: string
  readonly events: string
}

/** Two processes read connections, as two read datagrams. */
function extras(transport: Transport, address: string, folder: string): Extras {
  if (transport === 'udp') return { connections: 'disable_tcp=yes', modules: '', events: '' }
  const tcp = `listen=${transport === 'tls' ? 'tls' : 'tcp'}:${address}\ntcp_children=2\ntcp_connection_lifetime=600`
  if (transport === 'tcp') return { connections: tcp, modules: '', events: '' }
  if (transport === 'ws')
    return {
      connections: `${tcp}\ntcp_accept_no_cl=yes`,
      modules: 'loadmodule "xhttp.so"\nloadmodule "websocket.so"',
      events:
        'event_route[xhttp:request] { if ($hdr(Upgrade) =~ "websocket") { ws_handle_handshake(); exit; } xhttp_reply("404", "Not Found", "", ""); }',
    }
  const { cert, key } = certificateIn(folder)
  const params = [`"certificate", "${cert}"`, `"private_key", "${key}"`, '"tls_method", "TLSv1.2+"']
  return {
    connections: `enable_tls=yes\n${tcp}`,
    modules: ['loadmodule "tls.so"', ...params.map(param => `modparam("tls", ${param})`)].join('\n'),
    events: '',
  }
}

/** P-256, self-signed. */
export function certificateIn(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...kind, '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  return { cert, key }
}
