/** The daemon over real UDP on the loopback, between two scripted proxies and a scripted relay. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveNgUdp } from '@strowger/media-control/udp'
import { CONTEXT_HEADER, configFrom, createRoleContext, type RoleContext, type Running, signContext, wall } from '@strowger/runtime'
import {
  CallId,
  Contact,
  CSeq,
  From,
  formatUri,
  MaxForwards,
  newRequest,
  parseUri,
  responseTo,
  type SipRequest,
  To,
} from '@strowger/sip-parser'
import type { ClientTransaction, Hop } from '@strowger/sip-transaction'
import { type CoreOutput, SipEndpoint } from '@strowger/sip-transport'
import { ackFor2xx, dialogAsClient, requestIn } from '@strowger/sip-ua'
import { openStore, type Store } from '@strowger/store'
import { afterEach, expect, test } from 'vitest'
import { startAppserver } from '../src/index.ts'

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo()
})

const none: ReadonlyMap<string, string> = new Map()

/** A proxy with whoever is behind it: outputs are awaited one by one. */
class Edge {
  endpoint!: SipEndpoint
  readonly #outputs: CoreOutput[] = []
  #wake: () => void = () => {}

  static async open(): Promise<Edge> {
    const proxy = new Edge()
    proxy.endpoint = await SipEndpoint.open({
      listen: [{ transport: 'UDP', address: '127.0.0.1' }],
      core: {
        onOutput: output => {
          proxy.#outputs.push(output)
          proxy.#wake()
        },
      },
    })
    cleanup.push(() => proxy.endpoint.close())
    return proxy
  }

  get port(): number {
    return this.endpoint.localFor('UDP').port
  }

  async next<T>(pick: (output: CoreOutput) => T | undefined): Promise<T> {
    for (;;) {
      while (this.#outputs.length > 0) {
        const picked = pick(this.#outputs.shift()!)
        if (picked !== undefined) return picked
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  status(transaction: ClientTransaction, least = 180) {
    return this.next(output =>
      output.kind === 'response' && output.transaction.id === transaction.id && output.response.status >= least
        ? output.response
        : undefined,
    )
  }

  /** The next request of a method, answered with `status`. */
  async serve(method: string, status: number, sdp = ''): Promise<SipRequest> {
    const incoming = await this.next(output =>
      output.kind === 'request' && output.incoming.request.method === method ? output.incoming : undefined,
    )
    const { layer } = this.endpoint
    const now = this.endpoint.now()
    const edit = responseTo(incoming.request, status, { toTag: 'phone', recordRoute: true })
    edit.append(Contact, { uri: parseUri(`sip:phone@127.0.0.1:${this.port}`)!, params: none })
    if (sdp !== '') edit.body('application/sdp', new TextEncoder().encode(sdp))
    layer.respond(now, layer.accept(now, incoming), edit)
    this.endpoint.drain()
    return incoming.request
  }
}

interface House {
  readonly users: Edge
  readonly store: Store
  readonly context: RoleContext
  readonly running: Running
  readonly hop: Hop
  readonly asked: string[]
}

async function house(): Promise<House> {
  const data = mkdtempSync(join(tmpdir(), 'appserver-'))
  cleanup.push(() => rmSync(data, { recursive: true }))
  const [users, trunks] = [await Edge.open(), await Edge.open()]
  const asked: string[] = []
  const relay = await serveNgUdp({ address: '127.0.0.1', port: 0 }, command => {
    asked.push(command.command)
    return command.command === 'echo' ? { result: 'ok', sdp: 'relay says echo' } : { result: 'ok' }
  })
  cleanup.push(() => relay.close())
  const config = configFrom({
    data,
    usersProxy: { udp: users.port },
    trunksProxy: { udp: trunks.port },
    appserver: { udp: 0 },
    media: { ng: { address: '127.0.0.1', port: relay.port } },
  })
  const store = await openStore(config)
  cleanup.push(() => store.close())
  await store.seedDemo({ carrier: { address: '127.0.0.1', port: 5090 } })
  const context = createRoleContext('appserver', config, { write: () => {}, processMetrics: false })
  cleanup.push(() => context.facts.close())
  const running = await startAppserver(config, context)
  cleanup.push(() => running.stop())
  const { udp: port } = running.health!() as { udp: number }
  const local = users.endpoint.localFor('UDP')
  return { users, store, context, running, asked, hop: { transport: 'UDP', remote: { address: '127.0.0.1', port }, local } }
}

async function invite({ users, store, context, hop }: House, to: string): Promise<ClientTransaction> {
  const { current } = await store.configuration()
  const client = current.clientOf('demo.localhost')!
  const user = current.userOf(current.terminalOf('alice', 'demo.localhost')!)!.id
  const uri = parseUri(`sip:${to}@demo.localhost`)!
  const binding = { method: 'INVITE', callId: `call-to-${to}`, fromTag: 'alice', uri: formatUri(uri) }
  const signed = { call: `TEST${to.replace('*', 'S')}`, brand: client.brandId, client: client.id, user, from: 'phone' } as const
  const edit = newRequest('INVITE', uri)
    .append(MaxForwards, 70)
    .append(From, { uri: parseUri('sip:alice@demo.localhost')!, params: new Map([['tag', 'alice']]) })
    .append(To, { uri, params: none })
    .append(CallId, binding.callId)
    .append(CSeq, { sequence: 1, method: 'INVITE' })
    .append(Contact, { uri: parseUri(`sip:alice@127.0.0.1:${users.port}`)!, params: none })
    .raw(CONTEXT_HEADER, signContext(signed, binding, context.keys, wall()))
    .body('application/sdp', new TextEncoder().encode('offer'))
  const transaction = users.endpoint.layer.send(users.endpoint.now(), edit, hop)
  users.endpoint.drain()
  return transaction
}

async function facts({ context }: House): Promise<string[]> {
  await context.facts.flush()
  const lines = readFileSync(context.facts.file, 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line)).map(({ kind, status }) => (status === undefined ? kind : `${kind} ${status}`))
}

test('a call and an echo over UDP, then a drain that waits for the last call', async () => {
  const it = await house()
  const { users, running, hop } = it
  const alice = await invite(it, '102')
  const { request } = alice
  const asked = await users.serve('INVITE', 200, 'answer')
  expect(asked.uri.user).toBe('bob')
  const ok = await users.status(alice, 200)
  expect(new TextDecoder().decode(ok.body)).toBe('answer')
  const dialog = dialogAsClient(request, ok)!
  users.endpoint.layer.sendStateless(ackFor2xx(dialog, 1), hop)
  users.endpoint.drain()
  await users.next(output => (output.kind === 'unmatched' ? true : undefined))
  expect(running.health!()).toMatchObject({ calls: 1, legs: 2 })
  expect(await it.context.metrics.exposition()).toMatch(/^strowger_calls 1$/m)
  const drained = running.drain()
  const bye = users.endpoint.layer.send(users.endpoint.now(), requestIn(dialog, 'BYE').edit, hop)
  users.endpoint.drain()
  await users.status(bye)
  await users.serve('BYE', 200)
  await drained
  expect(await facts(it)).toEqual(['attempt', 'answer', 'end 200'])
  expect(await it.context.metrics.exposition()).toMatch(/^strowger_call_attempts_total\{status="200"\} 1$/m)
})

test('stop ends an echo: BYE, the session is deleted, the record says so', async () => {
  const it = await house()
  const { users, running, hop } = it
  const alice = await invite(it, '*43')
  const { request } = alice
  const ok = await users.status(alice, 200)
  expect(new TextDecoder().decode(ok.body)).toBe('relay says echo')
  users.endpoint.layer.sendStateless(ackFor2xx(dialogAsClient(request, ok)!, 1), hop)
  users.endpoint.drain()
  const stopped = running.stop()
  await users.serve('BYE', 200)
  await stopped
  expect(it.asked).toEqual(['echo', 'delete'])
  expect(await facts(it)).toEqual(['attempt', 'answer', 'end 200'])
})
