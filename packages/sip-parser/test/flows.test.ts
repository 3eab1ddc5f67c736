/** Runs `vectors/rfc3665.md`: the messages of whole registrations and calls, alone and in relation to each other. RFC 3665 §2, §3. */
import { describe, expect, it } from 'vitest'
import {
  CallId,
  Contact,
  CSeq,
  edit,
  From,
  formatUri,
  type HeaderDef,
  type HeaderView,
  MaxForwards,
  parse,
  RecordRoute,
  Route,
  responseTo,
  type SipRequest,
  type SipResponse,
  StreamParser,
  To,
  tagOf,
  Via,
} from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { readVectors, type Vector } from './vector-reader.ts'

type Message = SipRequest | SipResponse

const { name, vectors } = readVectors('rfc3665.md')
const flows = new Map<string, Vector[]>()
for (const vector of vectors) {
  const flow = vector.title.split(' ')[0]!
  flows.set(flow, [...(flows.get(flow) ?? []), vector])
}

describe(name, () => {
  it('has every flow of §2 and §3, and skips none', () => {
    const numbered = (section: number, count: number): string[] => Array.from({ length: count }, (_, i) => `${section}.${i + 1}`)
    expect([...flows.keys()]).toEqual([...numbered(2, 5), ...numbered(3, 11)])
    expect(vectors.filter(({ skipped }) => skipped !== undefined)).toEqual([])
  })

  for (const [flow, members] of flows) {
    it(`reads each message of flow ${flow} (RFC 3665 §${flow})`, () => {
      for (const vector of members) expect([vector.title, summary(messageOf(vector))]).toEqual([vector.title, vector.json])
    })

    it(`writes each header of flow ${flow} as it came (RFC 3665 §${flow})`, () => {
      for (const vector of members)
        expect([vector.title, ...writtenAnew(messageOf(vector))]).toEqual([vector.title, ...asReceived(messageOf(vector))])
    })

    it(`finds in flow ${flow} that responses, ACKs and CANCELs belong to their requests (RFC 3665 §${flow})`, () => {
      const earlier: Message[] = []
      for (const vector of members) {
        const message = messageOf(vector)
        if (message.kind === 'response') belongsToRequest(message, earlier, vector.title)
        else if (message.method === 'ACK') belongsToInvite(message, earlier, vector.title)
        else if (message.method === 'CANCEL')
          expect([vector.title, ...cancelledBy(message)]).toEqual([vector.title, ...cancelledBy(inviteOf(message, earlier))])
        earlier.push(message)
      }
    })

    it(`reads flow ${flow} out of one stream, however it is cut (RFC 3261 §18.3)`, () => {
      const whole = Buffer.concat(members.map(({ bytes }) => bytes))
      for (const size of [1, 61, whole.length]) {
        const stream = new StreamParser()
        let count = 0
        for (let at = 0; at < whole.length; at += size) {
          stream.push(whole.subarray(at, at + size))
          for (let next = stream.next(); next !== undefined; next = stream.next())
            if (next.kind === 'request' || next.kind === 'response') expect(Buffer.compare(next.wire, members[count++]!.bytes)).toBe(0)
        }
        expect(count).toBe(members.length)
      }
    })
  }
})

function messageOf({ bytes, title }: Vector): Message {
  const message = parse(bytes)
  if (message.kind === 'malformed') throw new Error(`${title}: ${message.code} at ${message.offset}`)
  expect(edit(message).toBytes()).toBe(message.wire)
  return message
}

function summary(message: Message): Readonly<Record<string, unknown>> {
  const { headers } = message
  const vias = headers.all(Via)
  const lists = { route: uris(headers, Route), recordRoute: uris(headers, RecordRoute), contact: uris(headers, Contact) }
  return {
    kind: message.kind,
    ...(message.kind === 'request'
      ? { method: message.method, uri: formatUri(message.uri), hops: headers.get(MaxForwards) }
      : { status: message.status, reason: message.reason }),
    from: tagOf(headers.get(From)!) ?? null,
    to: tagOf(headers.get(To)!) ?? null,
    cseq: headers.get(CSeq)!.sequence,
    branch: vias[0]!.branch,
    vias: vias.map(({ host }) => host),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(message.body.length > 0 ? { bodyBytes: message.body.length } : {}),
  }
}

function uris(headers: HeaderView, def: typeof Contact | typeof Route): string[] {
  return (headers.all(def as typeof Contact) as readonly (typeof Contact extends HeaderDef<infer T> ? T : never)[]).map(value =>
    value === '*' ? '*' : formatUri(value.uri),
  )
}

const linesOf = (message: Message): { name: string; value: string }[] => [...message.headers].filter(line => line.name !== 'Content-Length')
const asReceived = (message: Message): string[] => linesOf(message).map(line => `${line.name}: ${line.value}`)

/** Every header decoded and written again, in the order of the lines. */
function writtenAnew(message: Message): string[] {
  const next = new Map<string, number>()
  return linesOf(message).map(line => {
    const def = HEADER_DEFS.find(one => one.name === line.name)!
    const index = next.get(line.name) ?? 0
    next.set(line.name, index + 1)
    return `${line.name}: ${def.encode(message.headers.all(def)[index])}`
  })
}

/** RFC 3261 §8.2.6.2: Via, From, To, Call-ID and CSeq are the request's; all but a 100 have a tag in To. */
function belongsToRequest(response: SipResponse, earlier: readonly Message[], title: string): void {
  const request = earlier.findLast(one => one.kind === 'request' && sameHop(one, response)) as SipRequest | undefined
  if (request === undefined) throw new Error(`${title}: a response to nothing`)
  const toTag = tagOf(response.headers.get(To)!)
  const ours = responseTo(request, response.status, toTag === undefined ? {} : { toTag }).toMessage().headers
  for (const def of [From, To, CallId, CSeq] as readonly HeaderDef<unknown>[])
    expect([title, def.name, response.headers.get(def)]).toEqual([title, def.name, ours.get(def)])
  expect([title, toTag === undefined]).toEqual([title, response.status === 100])
}

function sameHop(request: Message, response: Message): boolean {
  const key = ({ headers }: Message): string =>
    headers
      .all(Via)
      .map(({ host, branch }) => `${host} ${branch}`)
      .join()
  return key(request) === key(response) && methodOf(request) === methodOf(response)
}

const methodOf = ({ headers }: Message): string => headers.get(CSeq)!.method
const branchOf = ({ headers }: Message): string => headers.get(Via)!.branch!
const isInvite = (message: Message): message is SipRequest => message.kind === 'request' && message.method === 'INVITE'

/** RFC 3261 §17.1.1.3: the ACK to a failure has the INVITE's branch, the ACK to a 2xx one of its own. */
function belongsToInvite(ack: SipRequest, earlier: readonly Message[], title: string): void {
  const invite = earlier.findLast(one => isInvite(one) && one.headers.get(CSeq)!.sequence === ack.headers.get(CSeq)!.sequence)!
  const final = earlier.findLast(one => one.kind === 'response' && one.status >= 200 && methodOf(one) === 'INVITE') as SipResponse
  const branches = earlier.filter(isInvite).map(branchOf)
  expect([title, branches.includes(branchOf(ack))]).toEqual([title, final.status >= 300])
  expect([title, ack.headers.get(CallId), tagOf(ack.headers.get(To)!)]).toEqual([
    title,
    invite.headers.get(CallId),
    tagOf(final.headers.get(To)!),
  ])
}

function inviteOf(cancel: SipRequest, earlier: readonly Message[]): SipRequest {
  return earlier.findLast(one => isInvite(one) && branchOf(one) === branchOf(cancel)) as SipRequest
}

/** What a CANCEL shares with what it cancels (RFC 3261 §9.1). */
function cancelledBy({ uri, headers }: SipRequest): unknown[] {
  return [
    formatUri(uri),
    branchOf({ headers } as Message),
    headers.raw('From'),
    headers.raw('To'),
    headers.raw('Call-ID'),
    headers.get(CSeq)!.sequence,
    headers.raw('Route'),
  ]
}
