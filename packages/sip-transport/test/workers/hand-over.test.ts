import { MessageChannel } from 'node:worker_threads'
import { CallId, newRequest, responseTo } from '@strowger/sip-parser'
import { afterEach, describe, expect, test } from 'vitest'
import type { CoreOutput } from '../../src/index.ts'
import { type ColleagueEvents, Colleagues } from '../../src/workers/colleagues.ts'
import type { ShardMap } from '../../src/workers/shard-map.ts'
import { answer as answerText, closeAll, dial, type RequestText, request, type UdpPeer, udpPeer } from '../peers.ts'
import { answer, hold, type RoleOptions, TestRole, turn, type Worker } from './role.ts'

afterEach(closeAll)

async function start(options: RoleOptions): Promise<TestRole> {
  const role = new TestRole(options)
  await role.start()
  return role
}

const server = (text: string): number => Number(/Server: (\d+)/.exec(text)?.[1])
const statusLine = (text: string): string => text.slice(0, text.indexOf('\r\n'))
const from = (peer: UdpPeer, text: Omit<RequestText, 'via'> = {}): string =>
  request({ ...text, via: `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=${text.branch ?? 'z9hG4bKone'};rport` })
const overTcp = (text: Omit<RequestText, 'via'> = {}): string =>
  request({ ...text, via: `SIP/2.0/TCP 127.0.0.1:5555;branch=${text.branch ?? 'z9hG4bKone'}` })

describe.each([1, 2, 4])('%i workers on one port', workers => {
  test('a request is answered by the owner of its Call-ID, whichever socket the kernel gave it to', async () => {
    const role = await start({ workers })
    const phones = Array.from({ length: 24 }, () => udpPeer())
    for (const [n, phone] of phones.entries()) phone.send(from(phone, { callId: `call-${n}` }), role.udp)
    const owners = await Promise.all(phones.map(async ({ texts }) => server(await texts.at(0))))
    expect(owners).toEqual(phones.map((_, n) => role.ownerOf(`call-${n}`).id))
    // From 24 ports the kernel spreads them; that all of them hit their owner is a chance of 2^-24.
    if (workers === 1) expect(role.handedOver).toBe(0)
    else expect(role.handedOver).toBeGreaterThan(0)
  })

  test('all requests of one call go to one worker, from whatever port and by whatever transport (design §8.1)', async () => {
    const role = await start({ workers })
    const phones = Array.from({ length: 8 }, () => udpPeer())
    const stream = await dial(role.tcp)
    for (const [n, phone] of phones.entries()) phone.send(from(phone, { callId: 'one-call', branch: `z9hG4bK${n}` }), role.udp)
    stream.socket.write(overTcp({ callId: 'one-call', branch: 'z9hG4bKstream' }))
    const owners = await Promise.all([stream, ...phones].map(async ({ texts }) => server(await texts.at(0))))
    expect(new Set(owners)).toEqual(new Set([role.ownerOf('one-call').id]))
  })

  test('a response finds the transaction that waits for it (RFC 3261 §17.1.3)', async () => {
    const role = await start({ workers })
    const peers = Array.from({ length: 12 }, () => udpPeer())
    for (const [n, peer] of peers.entries()) {
      const { endpoint } = role.ownerOf(`call-${n}`)
      const options = newRequest('OPTIONS', 'sip:bob@127.0.0.1').raw('From', '<sip:a@a>;tag=1').raw('To', '<sip:b@b>')
      options.raw('Call-ID', `call-${n}`).raw('CSeq', '1 OPTIONS').raw('Max-Forwards', '70')
      const remote = { address: '127.0.0.1', port: peer.port }
      endpoint.layer.send(endpoint.now(), options, { transport: 'UDP', remote, local: endpoint.localFor('UDP') })
      endpoint.drain()
      peer.send(answerText(await peer.texts.at(0), 200), role.udp)
    }
    for (const [n] of peers.entries()) {
      const { outputs } = role.ownerOf(`call-${n}`)
      const heard = (): boolean =>
        outputs.items.some(output => output.kind === 'response' && output.response.headers.get(CallId) === `call-${n}`)
      while (!heard()) await turn()
    }
    const unmatched = [...role.workers.values()].flatMap(({ outputs }) => outputs.items.filter(({ kind }) => kind === 'unmatched'))
    expect(unmatched).toEqual([])
  })

  test('a request leaves by the connection of whichever worker accepted it, and its end is heard (RFC 5626 §5.3)', async () => {
    const role = await start({ workers })
    const streams = await Promise.all(Array.from({ length: 6 }, () => dial(role.tcp)))
    for (const [n, { socket }] of streams.entries()) socket.write(overTcp({ callId: `register-${n}`, branch: `z9hG4bK${n}` }))
    await Promise.all(streams.map(({ texts }) => texts.at(0)))
    const hops = [...role.workers.values()].flatMap(({ outputs }) =>
      outputs.items.flatMap(output => (output.kind === 'request' ? [output.incoming.from] : [])),
    )
    expect(new Set(hops.map(({ flow }) => flow)).size).toBe(6)
    const worker = role.ownerOf('call-to-phones')
    for (const [n, hop] of hops.entries()) {
      const message = newRequest('MESSAGE', `sip:phone@127.0.0.1`).raw('From', '<sip:a@a>;tag=1').raw('To', '<sip:b@b>')
      message
        .raw('Call-ID', 'call-to-phones')
        .raw('CSeq', `${n + 1} MESSAGE`)
        .raw('Max-Forwards', '70')
      worker.endpoint.layer.send(worker.endpoint.now(), message, hop)
    }
    worker.endpoint.drain()
    for (const stream of streams) {
      while (!stream.received().includes('MESSAGE sip:phone')) await turn()
      stream.socket.write(answerText(stream.received().slice(stream.received().indexOf('MESSAGE sip:phone')), 200))
    }
    const answers = (): number => worker.outputs.items.filter(({ kind }) => kind === 'response').length
    while (answers() < 6) await turn()
    if (workers === 1) expect(role.sentByOthers).toBe(0)
  })
})

describe('between two workers', () => {
  test('what is malformed is answered where it arrives (RFC 3261 §8.2)', async () => {
    const role = await start({ workers: 2 })
    for (let n = 0; n < 16; n++) {
      const phone = udpPeer()
      phone.send(from(phone).replace('CSeq: 1', 'CSeq: one'), role.udp)
      expect(statusLine(await phone.texts.at(0))).toContain(' 400 ')
    }
    expect(role.handedOver).toBe(0)
  })

  test('a connection that has gone fails the transaction of another worker (RFC 3261 §17.1.4)', async () => {
    const role = await start({ workers: 2 })
    const stream = await dial(role.tcp)
    stream.socket.write(overTcp({ callId: 'register' }))
    await stream.texts.at(0)
    const [hop] = [...role.workers.values()].flatMap(({ outputs }) =>
      outputs.items.flatMap(output => (output.kind === 'request' ? [output.incoming.from] : [])),
    )
    const holder = role.workers.get(Math.floor(hop!.flow! / 2 ** 32))!
    const other = [...role.workers.values()].find(worker => worker !== holder)!
    stream.socket.destroy()
    while (holder.endpoint.counts().flows > 0) await turn()
    const before = role.sentByOthers
    const message = newRequest('MESSAGE', 'sip:phone@127.0.0.1').raw('From', '<sip:a@a>;tag=1').raw('To', '<sip:b@b>')
    message.raw('Call-ID', role.callOf(other)).raw('CSeq', '1 MESSAGE').raw('Max-Forwards', '70')
    other.endpoint.layer.send(other.endpoint.now(), message, hop!)
    other.endpoint.drain()
    while (!other.outputs.items.some(({ kind }) => kind === 'failed')) await turn()
    expect(other.outputs.items.find(({ kind }) => kind === 'failed')).toMatchObject({ cause: 'transport' })
    expect(role.sentByOthers).toBe(before + 1)
  })

  test('an ICMP error ends the transaction of the worker that had sent, whichever socket it reached (RFC 3261 §18.4)', async () => {
    const role = await start({ workers: 2 })
    for (const { endpoint, outputs } of role.workers.values()) {
      const gone = udpPeer()
      gone.close()
      const message = newRequest('MESSAGE', 'sip:phone@127.0.0.1').raw('From', '<sip:a@a>;tag=1').raw('To', '<sip:b@b>')
      message.raw('Call-ID', 'x').raw('CSeq', '1 MESSAGE').raw('Max-Forwards', '70')
      const remote = { address: '127.0.0.1', port: gone.port }
      endpoint.layer.send(endpoint.now(), message, { transport: 'UDP', remote, local: endpoint.localFor('UDP') })
      endpoint.drain()
      while (!outputs.items.some(({ kind }) => kind === 'failed')) await turn()
      expect(outputs.items.find(({ kind }) => kind === 'failed')).toMatchObject({ cause: 'transport' })
    }
  })
})

describe('a worker is drained', () => {
  test('it keeps the call that is being set up, its successor takes the next one, and it leaves when the call has ended', async () => {
    const role = await start({ workers: 2, react: hold })
    const first = role.workers.get(1)!
    const phone = udpPeer()
    const old = role.callOf(first)
    phone.send(from(phone, { method: 'INVITE', callId: old, branch: 'z9hG4bKold' }), role.udp)
    while (!first.live.has(old)) await turn()

    const successor = role.crew.replace(1)!
    await role.settled()
    expect(first.endpoint.takesNew(old)).toBe(false)
    const next = role.callOf(role.workers.get(successor)!)
    phone.send(from(phone, { method: 'INVITE', callId: next, branch: 'z9hG4bKnext' }), role.udp)
    phone.send(from(phone, { method: 'CANCEL', callId: old, branch: 'z9hG4bKold' }), role.udp)
    const answers = async (count: number): Promise<string[]> => {
      while (phone.texts.items.length < count) await turn()
      return phone.texts.items.map(text => `${statusLine(text)} ${/CSeq: (.*)\r/.exec(text)![1]}`)
    }
    // 100 for both, or none yet; the 200 of the CANCEL and the 487 of its INVITE are what the old worker alone could send.
    while (!(await answers(0)).some(line => line.includes('487'))) await turn()
    expect(await answers(0)).toContain('SIP/2.0 200 OK 1 CANCEL')
    expect([...role.workers.get(successor)!.live]).toEqual([next])
    expect(await role.left.at(0)).toBe(1)
    await role.settled()
    expect(role.crew.workers.map(({ worker }) => worker)).toEqual([2, successor])
  })

  test('requests are answered all the while; what a closing socket swallows is sent again, as over UDP it is (RFC 3261 §17.1.2)', async () => {
    const role = await start({ workers: 2 })
    const phones = Array.from({ length: 6 }, () => udpPeer())
    let round = 0
    const ask = async (phone: UdpPeer): Promise<void> => {
      const branch = `z9hG4bK${round}`
      const answered = (): string | undefined => phone.texts.items.find(text => text.includes(branch))
      for (let turns = 0; answered() === undefined; turns++) {
        if (turns % 2000 === 0) phone.send(from(phone, { callId: `call-${phone.port}-${round}`, branch }), role.udp)
        await turn()
      }
      expect(statusLine(answered()!)).toBe('SIP/2.0 200 OK')
    }
    const stream = await dial(role.tcp)
    stream.socket.write(overTcp())
    await stream.texts.at(0)
    role.crew.replace(1)
    role.crew.replace(2)
    for (; role.left.items.length < 2; round++) await Promise.all(phones.map(ask))
    await Promise.all(phones.map(ask))
    await stream.closed
    expect([...role.workers.keys()]).toEqual([3, 4])
  })

  test('a connection on which a call may ring is closed only when it has been quiet', async () => {
    const role = await start({ workers: 2, react: hold, flowQuietMs: 300 })
    const stream = await dial(role.tcp)
    const holding = (): Worker | undefined => [...role.workers.values()].find(({ endpoint }) => endpoint.counts().flows > 0)
    while (holding() === undefined) await turn()
    const holder = holding()!
    const owner = [...role.workers.values()].find(worker => worker !== holder)!
    const callId = role.callOf(owner)
    stream.socket.write(overTcp({ method: 'INVITE', callId }))
    while (!owner.live.has(callId)) await turn()
    role.crew.replace(holder.id)
    while (!role.crew.workers.some(({ state }) => state === 'leaving')) await turn()
    const request = owner.outputs.items.find(output => output.kind === 'request')!
    if (request.kind !== 'request') throw new Error('no request')
    const transaction = owner.endpoint.layer.find(request.incoming.request)!
    owner.endpoint.layer.respond(owner.endpoint.now(), transaction, responseTo(transaction.request, 486))
    owner.live.delete(callId)
    owner.endpoint.drain()
    while (!stream.received().includes(' 486 ')) await turn()
    await stream.closed
  })
})

describe('a worker dies', () => {
  test('the other takes its calls, and its place is taken by a new one', async () => {
    const role = await start({ workers: 2 })
    const callId = role.callOf(role.workers.get(1)!)
    await role.end(1)
    await role.settled()
    const phones = Array.from({ length: 8 }, () => udpPeer())
    for (const phone of phones) {
      phone.send(from(phone, { callId }), role.udp)
      expect(server(await phone.texts.at(0))).toBe(2)
    }
    role.crew.start(1)
    await role.settled()
    expect([...role.workers.keys()]).toEqual([2, 3])
    const next = role.callOf(role.workers.get(3)!)
    phones[0]!.send(from(phones[0]!, { callId: next }), role.udp)
    expect(server(await phones[0]!.texts.at(1))).toBe(3)
  })

  test('its connections are gone: a request that names one fails', async () => {
    const role = await start({ workers: 2, react: answer })
    const stream = await dial(role.tcp)
    stream.socket.write(overTcp({ callId: 'register' }))
    await stream.texts.at(0)
    const [hop] = [...role.workers.values()].flatMap(({ outputs }) =>
      outputs.items.flatMap(output => (output.kind === 'request' ? [output.incoming.from] : [])),
    )
    const holder = Math.floor(hop!.flow! / 2 ** 32)
    await role.end(holder)
    const [survivor] = [...role.workers.values()]
    const message = newRequest('MESSAGE', 'sip:phone@127.0.0.1').raw('From', '<sip:a@a>;tag=1').raw('To', '<sip:b@b>')
    message.raw('Call-ID', 'x').raw('CSeq', '1 MESSAGE').raw('Max-Forwards', '70')
    survivor!.endpoint.layer.send(survivor!.endpoint.now(), message, hop!)
    survivor!.endpoint.drain()
    while (!survivor!.outputs.items.some(({ kind }) => kind === 'failed')) await turn()
  })
})

describe('a worker comes', () => {
  test('what reaches it before it knows who owns what waits, and then goes to its owner', async () => {
    let open: (() => void) | undefined
    const isReady = new Promise<void>(resolve => {
      open = resolve
    })
    const role = await start({ workers: 1, readyWhen: worker => (worker === 2 ? isReady : Promise.resolve()) })
    role.crew.start(2)
    while (role.workers.size < 2) await turn()
    const [first, second] = [...role.workers.values()] as [Worker, Worker]
    const phones = Array.from({ length: 24 }, () => udpPeer())
    // From 24 ports the kernel gives some to either socket.
    for (const [n, phone] of phones.entries()) phone.send(from(phone, { callId: `call-${n}` }), role.udp)
    const heard = (): number => second.endpoint.traffic().length + first.outputs.items.length
    while (heard() === 0) await turn()
    for (let n = 0; n < 50; n++) await turn()
    expect(second.outputs.items).toEqual([])
    open!()
    await role.settled()
    const owners = await Promise.all(phones.map(async ({ texts }) => server(await texts.at(0))))
    expect(owners.every(owner => owner === 1 || owner === 2)).toBe(true)
    expect(role.handedOver).toBeGreaterThan(0)
    expect(owners).toEqual(phones.map((_, n) => (first.outputs.items.some(out => isOf(out, `call-${n}`)) ? 1 : 2)))
  })

  test('it listens on, though the first map it sees gives it nothing yet', async () => {
    const { port1, port2 } = new MessageChannel()
    const stopped: string[] = []
    const colleagues = new Colleagues({ worker: 2, port: port2 }, events({ stopListening: () => stopped.push('stopped') }))
    const aware = new Promise<unknown>(resolve => port1.once('message', resolve))
    const chains = (owner: number): ShardMap['chains'] => Array.from({ length: 256 }, () => [owner])
    port1.postMessage({ kind: 'map', map: { version: 3, chains: chains(1) } })
    await aware
    expect(stopped).toEqual([])
    for (const [version, owner] of [
      [4, 2],
      [5, 1],
    ] as const) {
      const next = new Promise<unknown>(resolve => port1.once('message', resolve))
      port1.postMessage({ kind: 'map', map: { version, chains: chains(owner) } })
      expect(await next).toEqual({ kind: 'aware', version })
    }
    expect(stopped).toEqual(['stopped'])
    colleagues.close()
  })
})

describe('a worker that does not take what it is given', () => {
  test('is given no more than so many bytes; what is beyond is lost and counted, as over UDP it may be', async () => {
    const { port1: coordinator, port2: seat } = new MessageChannel()
    const { port1: theirs, port2: ours } = new MessageChannel()
    const toThem = new SharedArrayBuffer(4)
    const colleagues = new Colleagues({ worker: 1, port: seat }, events({}))
    const aware = new Promise<unknown>(resolve => coordinator.once('message', resolve))
    coordinator.postMessage({ kind: 'colleague', worker: 2, port: ours, toThem, toUs: new SharedArrayBuffer(4) }, [ours])
    coordinator.postMessage({ kind: 'map', map: { version: 1, chains: Array.from({ length: 256 }, () => [2]) } })
    await aware
    const give = (): boolean => colleagues.handOver('call', new Uint8Array(1 << 20), HOP, undefined, () => false)
    for (let n = 0; n < 20; n++) expect(give()).toBe(true)
    expect(colleagues.counts).toMatchObject({ handedOver: 16, dropped: 4 })
    expect(colleagues.send(2, HOP, new Uint8Array(1), undefined)).toBe(false)
    // It takes half of it.
    Atomics.sub(new Int32Array(toThem), 0, 8 << 20)
    for (let n = 0; n < 9; n++) give()
    expect(colleagues.counts).toMatchObject({ handedOver: 24, dropped: 5 })
    colleagues.close()
    theirs.close()
    coordinator.close()
  })
})

const HOP = { transport: 'UDP', remote: { address: '127.0.0.1', port: 1 }, local: { address: '127.0.0.1', port: 2 }, flow: 1 } as const

function isOf(output: CoreOutput, callId: string): boolean {
  return output.kind === 'request' && output.incoming.request.headers.get(CallId) === callId
}

function events(some: Partial<ColleagueEvents>): ColleagueEvents {
  const nothing = (): void => {}
  return {
    message: nothing,
    send: () => true,
    batchEnd: nothing,
    failed: nothing,
    unreachable: nothing,
    closeFlow: nothing,
    news: nothing,
    aliases: () => [],
    liveCalls: () => [],
    stopListening: nothing,
    endConnections: () => Promise.resolve(),
    fault: error => {
      throw error
    },
    ...some,
  }
}
