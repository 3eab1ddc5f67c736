/** One question to one name server: over UDP, from a port that nobody can guess; over TCP when the answer is too long. RFC 1035 §4.2, RFC 5452 §4. */
import { Buffer } from 'node:buffer'
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { type DnsAnswer, type DnsQuestion, decodeAnswer, encodeQuery } from './dns-message.ts'
import type { DnsServer } from './dns-servers.ts'

/** Rejects when the server cannot be reached, and when `signal` is aborted; it has no patience of its own. */
export type Ask = (server: DnsServer, question: DnsQuestion, signal: AbortSignal) => Promise<DnsAnswer>

export const ask: Ask = async (server, question, signal) => {
  const id = randomInt(0x1_0000)
  const query = encodeQuery(id, question)
  if (query === undefined) return { kind: 'records', records: [], ttlSeconds: undefined }
  const answer = await askByDatagram(server, query, bytes => decodeAnswer(bytes, id, question), signal)
  if (answer.kind !== 'truncated') return answer
  return askByStream(server, query, bytes => decodeAnswer(bytes, id, question), signal)
}

type Reader = (bytes: Uint8Array) => DnsAnswer | undefined

/** What answers no question of ours is not even looked at twice: somebody guesses. */
function askByDatagram({ address, port = 53 }: DnsServer, query: Uint8Array, read: Reader, signal: AbortSignal): Promise<DnsAnswer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    const stop = (): void => {
      signal.removeEventListener('abort', abort)
      socket.close()
    }
    const fail = (error: unknown): void => {
      stop()
      reject(error)
    }
    const abort = (): void => fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', fail)
    socket.on('message', bytes => {
      const answer = read(bytes)
      if (answer === undefined) return
      stop()
      resolve(answer)
    })
    // Connected: only the server is heard, and so is that it is not there.
    socket.once('connect', () => socket.send(query))
    socket.connect(port, address)
  })
}

function askByStream({ address, port = 53 }: DnsServer, query: Uint8Array, read: Reader, signal: AbortSignal): Promise<DnsAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, signal })
    let heard = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the name server closed the connection')))
    socket.on('data', data => {
      heard = Buffer.concat([heard, data])
      if (heard.length < 2 || heard.length < 2 + heard.readUInt16BE(0)) return
      const answer = read(heard.subarray(2, 2 + heard.readUInt16BE(0)))
      if (answer === undefined || answer.kind === 'truncated') reject(new Error('the name server answers what was not asked'))
      else resolve(answer)
      socket.destroy()
    })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
  })
}
