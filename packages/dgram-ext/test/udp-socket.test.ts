/** One suite over both implementations. Loopback only. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nativeAvailable, type Receive, UdpError, type UdpOptions, UdpSocket } from '../src/index.ts'

const text = new TextDecoder()
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
const open: UdpSocket[] = []

/** `Promise.withResolvers`, which Node 20 does not have. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

afterEach(() => {
  for (const socket of open.splice(0)) socket.close()
})

describe.each(['native', 'dgram'] as const)('UdpSocket over %s', implementation => {
  const native = implementation === 'native'

  it.runIf(native)('has its addon built', () => expect(nativeAvailable()).toBe(true))

  function bind(receive: Receive, options: Partial<UdpOptions> = {}): UdpSocket {
    const socket = UdpSocket.bind({ address: '127.0.0.1', implementation, ...options }, receive)
    open.push(socket)
    return socket
  }

  /** A socket that keeps all it hears, and a promise of the first `count` texts. */
  function listener(count: number, options: Partial<UdpOptions> = {}): { socket: UdpSocket; heard: Promise<string[]> } {
    const { promise, resolve } = deferred<string[]>()
    const texts: string[] = []
    const socket = bind(batch => {
      for (let i = 0; i < batch.length; i++) texts.push(text.decode(batch.bytes(i)))
      if (texts.length >= count) resolve(texts)
    }, options)
    return { socket, heard: promise }
  }

  it('takes a free port for port 0 and tells it', () => {
    const socket = bind(() => {})
    expect(socket.local.address).toBe('127.0.0.1')
    expect(socket.local.port).toBeGreaterThan(0)
    expect(socket.implementation).toBe(implementation)
  })

  it('answers a datagram from inside the callback', async () => {
    const echo = bind((batch, socket) => {
      for (let i = 0; i < batch.length; i++) socket.send(batch.bytes(i), batch.peer(i), batch.local(i))
    })
    const { socket, heard } = listener(1)
    expect(socket.send(bytes('Ahoy'), echo.local)).toBe(true)
    expect(await heard).toEqual(['Ahoy'])
  })

  it.runIf(native)('reads what came meanwhile by the same wake-up, and sends the answers to both together', async () => {
    const sentBefore: number[] = []
    const { socket: caller, heard } = listener(2)
    const echo = bind((batch, socket) => {
      sentBefore.push(socket.stats().sent)
      if (sentBefore.length === 1) {
        caller.send(bytes('2'), echo.local)
        caller.flush()
      }
      for (let i = 0; i < batch.length; i++) socket.send(batch.bytes(i), batch.peer(i))
    })
    caller.send(bytes('1'), echo.local)
    expect(await heard).toEqual(['1', '2'])
    expect(sentBefore).toEqual([0, 0])
    expect(echo.stats()).toMatchObject({ received: 2, sent: 2, wakeUps: 1 })
  })

  it('tells the sender of each datagram and the address it was sent to', async () => {
    const { promise, resolve } = deferred<unknown>()
    const to = bind(batch => resolve([batch.peer(0), batch.local(0)]))
    const from = bind(() => {})
    from.send(bytes('x'), to.local)
    expect(await promise).toEqual([from.local, to.local])
  })

  it('keeps bytes and order of many datagrams', async () => {
    const { socket: to, heard } = listener(3000)
    const from = bind(() => {}, { queueLength: 4096 })
    const sent = Array.from({ length: 3000 }, (_, i) => `${i}`)
    for (const line of sent) expect(from.send(bytes(line), to.local)).toBe(true)
    from.flush()
    expect(await heard).toEqual(sent)
  })

  it('passes datagrams of 0 and of 65 507 bytes', async () => {
    const { promise, resolve } = deferred<number[]>()
    const sizes: number[] = []
    const to = bind(batch => {
      for (let i = 0; i < batch.length; i++) sizes.push(batch.bytes(i).length)
      if (sizes.length === 2) resolve(sizes)
    })
    const from = bind(() => {})
    from.send(new Uint8Array(0), to.local)
    from.send(new Uint8Array(65_507).fill(7), to.local)
    expect(await promise).toEqual([0, 65_507])
    expect(from.send(new Uint8Array(65_508), to.local)).toBe(false)
  })

  it('cuts what is longer than maxBytes, and says so', async () => {
    const { promise, resolve } = deferred<unknown>()
    const heard: unknown[] = []
    const to = bind(
      batch => {
        for (let i = 0; i < batch.length; i++) heard.push([batch.bytes(i).length, batch.truncated(i)])
        if (heard.length === 3) resolve(heard)
      },
      { maxBytes: 100 },
    )
    const from = bind(() => {})
    for (const size of [100, 101, 65_507]) from.send(new Uint8Array(size), to.local)
    expect(await promise).toEqual([
      [100, false],
      [100, true],
      [100, true],
    ])
    expect(to.stats()).toMatchObject({ received: 3, truncated: 2 })
  })

  it('keeps its totals', async () => {
    const { socket: to, heard } = listener(2)
    const from = bind(() => {})
    from.send(bytes('a'), to.local)
    from.send(bytes('b'), to.local)
    expect(from.send(new Uint8Array(65_508), to.local)).toBe(false)
    await heard
    expect(to.stats()).toMatchObject({ received: 2, truncated: 0, sent: 0 })
    await vi.waitFor(() => expect(from.stats()).toMatchObject({ sent: 2, refused: 1, failed: 0 }))
    const ofNative = { dropped: 0, wakeUps: expect.any(Number), pauses: 0 }
    expect(to.stats()).toMatchObject(native ? ofNative : { dropped: undefined, wakeUps: undefined, pauses: undefined })
  })

  it('tells the time of arrival, where it can and is asked', async () => {
    const { promise, resolve } = deferred<number | undefined>()
    const to = bind(batch => resolve(batch.time(0)), { timestamps: true })
    const before = Date.now()
    bind(() => {}).send(bytes('x'), to.local)
    const time = await promise
    if (!native) return expect(time).toBeUndefined()
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThan(Date.now() + 1)
  })

  it('tells no time without being asked', async () => {
    const { promise, resolve } = deferred<number | undefined>()
    const to = bind(batch => resolve(batch.time(0)))
    bind(() => {}).send(bytes('x'), to.local)
    expect(await promise).toBeUndefined()
  })

  it('sends what is queued when it is closed', async () => {
    const { socket: to, heard } = listener(3)
    const from = bind(() => {})
    for (const line of ['1', '2', '3']) from.send(bytes(line), to.local)
    from.close()
    expect(await heard).toEqual(['1', '2', '3'])
    expect(from.send(bytes('4'), to.local)).toBe(false)
    expect(from.stats().refused).toBe(1)
  })

  it('may be closed by who hears of an error', async () => {
    const { promise, resolve } = deferred<string>()
    const from = bind(() => {})
    from.onError((_, code) => {
      from.close()
      resolve(code)
    })
    for (let i = 0; i < 3; i++) from.send(bytes('lost'), { address: '192.0.2.1', port: 9 })
    expect(await promise).toMatch(/^E[A-Z]+$/)
  })

  it.each([{ shareWakeUpsUs: 251 }, { shareWakeUpsUs: -1 }, { maxBytes: 0 }, { maxBytes: 65_536 }])('%o is out of bounds', options => {
    expect(() => bind(() => {}, options)).toThrow(RangeError)
  })

  it('copies what is sent', async () => {
    const { socket: to, heard } = listener(1)
    const from = bind(() => {})
    const message = bytes('first')
    from.send(message, to.local)
    message.fill(0)
    expect(await heard).toEqual(['first'])
  })

  it('speaks IPv6', async () => {
    const { socket: to, heard } = listener(1, { address: '::1' })
    const from = bind(() => {}, { address: '::1' })
    expect(to.local.address).toBe('::1')
    from.send(bytes('six'), to.local)
    expect(await heard).toEqual(['six'])
  })

  it('says EADDRINUSE with the address when the port is taken', () => {
    const taken = bind(() => {})
    const again = (): UdpSocket => bind(() => {}, { port: taken.local.port })
    expect(again).toThrow(UdpError)
    expect(again).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
    expect(again).toThrow(`127.0.0.1:${taken.local.port}`)
  })

  it('wants numeric addresses', () => {
    expect(() => bind(() => {}, { address: 'localhost' })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(() => bind(() => {}).send(bytes('x'), { address: 'localhost', port: 9 })).toThrow(TypeError)
  })

  it('lets an exception in the callback surface and goes on', async () => {
    const { promise, resolve } = deferred<unknown>()
    const { socket: answers, heard } = listener(1)
    const to = bind((batch, socket) => {
      if (text.decode(batch.bytes(0)) === 'bad') throw new Error('of the callback')
      socket.send(bytes('alive'), answers.local)
    })
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').once('uncaughtException', resolve)
    const from = bind(() => {})
    from.send(bytes('bad'), to.local)
    expect(await promise).toMatchObject({ message: 'of the callback' })
    for (const listener of before) process.on('uncaughtException', listener)
    from.send(bytes('good'), to.local)
    expect(await heard).toEqual(['alive'])
  })

  it('may be closed in its callback and twice', async () => {
    const { promise, resolve } = deferred<number>()
    let calls = 0
    const to = bind((_, socket) => {
      calls++
      socket.close()
      socket.close()
      expect(socket.send(bytes('x'), from.local)).toBe(false)
      setImmediate(() => resolve(calls))
    })
    const from = bind(() => {})
    for (let i = 0; i < 200; i++) from.send(bytes('x'), to.local)
    from.flush()
    expect(await promise).toBe(1)
  })

  it('reports a datagram that cannot leave, and sends the next', async () => {
    const { promise, resolve } = deferred<unknown>()
    const { socket: to, heard } = listener(1)
    const from = bind(() => {})
    from.onError((peer, code) => resolve([peer.address, typeof code]))
    from.send(bytes('lost'), { address: '192.0.2.1', port: 9 })
    from.send(bytes('kept'), to.local)
    expect(await promise).toEqual(['192.0.2.1', 'string'])
    expect(await heard).toEqual(['kept'])
  })

  it.runIf(native)('reports ECONNREFUSED of a dead peer and still serves the others (RFC 1122 §4.1.3.3)', async () => {
    const { promise, resolve } = deferred<unknown>()
    const gone = bind(() => {})
    const dead = gone.local
    gone.close()
    const { socket: to, heard } = listener(3)
    const from = bind(() => {})
    from.onError((peer, code) => resolve({ ...peer, code }))
    for (let i = 0; i < 3; i++) {
      from.send(bytes('to nobody'), dead)
      from.send(bytes(`${i}`), to.local)
    }
    expect(await promise).toEqual({ ...dead, code: 'ECONNREFUSED' })
    expect(await heard).toEqual(['0', '1', '2'])
  })

  it.runIf(native)('reports ECONNREFUSED of a dead peer over IPv6 (RFC 4443 §3.1)', async () => {
    const { promise, resolve } = deferred<unknown>()
    const gone = bind(() => {}, { address: '::1' })
    gone.close()
    const from = bind(() => {}, { address: '::1' })
    from.onError((peer, code) => resolve({ ...peer, code }))
    from.send(bytes('to nobody'), gone.local)
    expect(await promise).toEqual({ ...gone.local, code: 'ECONNREFUSED' })
    expect(from.stats()).toMatchObject({ sent: 1, failed: 1 })
  })

  it.runIf(native)('answers from the address that was asked', async () => {
    const { promise, resolve } = deferred<string>()
    const everywhere = bind((batch, socket) => socket.send(batch.bytes(0), batch.peer(0), batch.local(0)), { address: '0.0.0.0' })
    const phone = bind(batch => resolve(batch.peer(0).address))
    phone.send(bytes('x'), { address: '127.0.0.7', port: everywhere.local.port })
    expect(await promise).toBe('127.0.0.7')
  })

  it.runIf(native)('shares a port between sockets that ask for it', () => {
    const one = bind(() => {}, { reusePort: true })
    expect(bind(() => {}, { reusePort: true, port: one.local.port }).local).toEqual(one.local)
  })

  it.runIf(native)('counts what the kernel dropped', async () => {
    const { promise, resolve } = deferred<void>()
    const to = bind(
      batch => {
        if (batch.bytes(batch.length - 1).length === 4) resolve()
        else setImmediate(() => from.send(bytes('last'), to.local))
      },
      { receiveBufferBytes: 4096 },
    )
    const from = bind(() => {})
    for (let i = 0; i < 100; i++) from.send(new Uint8Array(1000), to.local)
    from.flush()
    await promise
    expect(to.stats().dropped).toBeGreaterThan(0)
  })

  it.runIf(native)('gathers several datagrams in one callback, also when it shares wake-ups', async () => {
    const { promise, resolve } = deferred<number[]>()
    const sizes: number[] = []
    const to = bind(batch => sizes.push(batch.length) && sizes.reduce((a, b) => a + b) === 64 && resolve(sizes), { shareWakeUpsUs: 200 })
    const from = bind(() => {})
    for (let i = 0; i < 64; i++) from.send(bytes('x'), to.local)
    from.flush()
    expect(await promise).toEqual([64])
  })

  it.runIf(native)('leaves the socket alone under load, and serves timers and other sockets meanwhile', async () => {
    const { promise, resolve } = deferred<void>()
    let ticks = 0
    const other = bind((batch, socket) => socket.send(batch.bytes(0), batch.peer(0)))
    const to = bind(() => {}, { shareWakeUpsUs: 250 })
    const from = bind(() => ticks++)
    const load = (): void => {
      if (to.stats().pauses! > 20 && ticks > 20) return resolve()
      for (let i = 0; i < 20; i++) from.send(bytes('x'), to.local)
      from.send(bytes('?'), other.local)
      setTimeout(load, 1)
    }
    load()
    await promise
    const { received, wakeUps } = to.stats()
    expect(received / wakeUps!).toBeGreaterThan(1)
  })

  it.runIf(native)('may be closed while it is left alone', async () => {
    const { promise, resolve } = deferred<void>()
    const to = bind(() => {}, { shareWakeUpsUs: 250 })
    const from = bind(() => {})
    const load = (): void => {
      const { pauses } = to.stats()
      for (let i = 0; i < 20; i++) from.send(bytes('x'), to.local)
      from.flush()
      setImmediate(() => {
        if (to.stats().pauses! <= Math.max(pauses!, 3)) return load()
        to.close()
        resolve()
      })
    }
    load()
    await promise
    expect(to.send(bytes('x'), from.local)).toBe(false)
  })

  it('refuses to read a batch after its callback', async () => {
    const { promise, resolve } = deferred<() => unknown>()
    const to = bind(batch => resolve(() => batch.bytes(0)))
    bind(() => {}).send(bytes('x'), to.local)
    const late = await promise
    if (native) expect(late).toThrow(RangeError)
  })
})
