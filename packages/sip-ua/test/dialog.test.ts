import { describe, expect, it } from 'vitest'
import { confirm, dialogAsClient, dialogAsServer, dialogId, dialogIdOf, refreshTarget } from '../src/dialog.ts'
import { receiveIn } from '../src/dialog-receive.ts'
import { request, response } from './messages.ts'

const ROUTES = ['Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>']
const INVITE = request(['Contact: <sip:alice@192.0.2.1>', ...ROUTES])
const OK = response(200, 'b1', ['Contact: <sip:bob@192.0.2.4>', ...ROUTES])

describe('a dialog of the calling side', () => {
  it('has the state RFC 3261 §12.1.2 lists', () => {
    expect(dialogAsClient(INVITE, OK)).toEqual({
      callId: 'c1@example.com',
      localTag: 'a1',
      remoteTag: 'b1',
      localUri: 'sip:alice@example.com',
      remoteUri: 'sip:bob@example.com',
      remoteTarget: 'sip:bob@192.0.2.4',
      localTarget: 'sip:alice@192.0.2.1',
      routeSet: ['sip:p1.example.com;lr', 'sip:p2.example.com;lr'],
      localSequence: 314159,
      secure: false,
      state: 'confirmed',
    })
  })

  it('is early after a 1xx with a To tag, and not made by other responses (RFC 3261 §12.1)', () => {
    const made = [response(180, 'b1'), response(100, 'b1'), response(183), response(486, 'b1')].map(
      each => dialogAsClient(INVITE, each)?.state,
    )
    expect(made).toEqual(['early', undefined, undefined, undefined])
  })

  it('has an empty remote tag when an old peer sends none with its 2xx (RFC 3261 §12.1.2)', () => {
    expect(dialogAsClient(INVITE, response(200))?.remoteTag).toBe('')
  })

  it('goes to the Request-URI while no Contact is known (RFC 3261 §12.2.1.1)', () => {
    expect(dialogAsClient(INVITE, response(180, 'b1'))?.remoteTarget).toBe('sip:bob@example.com')
  })

  it('takes its route set anew from the 2xx, but not its CSeq (RFC 3261 §13.2.2.4)', () => {
    const early = { ...dialogAsClient(INVITE, response(180, 'b1', ['Record-Route: <sip:old.example.com;lr>']))!, localSequence: 314160 }
    expect(confirm(early, OK)).toEqual({ ...dialogAsClient(INVITE, OK), localSequence: 314160 })
  })

  it('is secure when the request was to a sips URI (RFC 3261 §12.1.1)', () => {
    expect(dialogAsClient(request([], { line: 'INVITE sips:bob@example.com' }), OK)?.secure).toBe(true)
  })
})

describe('a dialog of the called side', () => {
  const dialog = dialogAsServer(INVITE, 'b1', 'sip:bob@192.0.2.4')!

  it('has the state RFC 3261 §12.1.1 lists', () => {
    expect(dialog).toEqual({
      callId: 'c1@example.com',
      localTag: 'b1',
      remoteTag: 'a1',
      localUri: 'sip:bob@example.com',
      remoteUri: 'sip:alice@example.com',
      remoteTarget: 'sip:alice@192.0.2.1',
      localTarget: 'sip:bob@192.0.2.4',
      routeSet: ['sip:p2.example.com;lr', 'sip:p1.example.com;lr'],
      localSequence: 0,
      remoteSequence: 314159,
      secure: false,
      state: 'early',
    })
  })

  it('is plain data: it survives JSON (RFC 3261 §12)', () => {
    expect(JSON.parse(JSON.stringify(dialog))).toEqual(dialog)
  })

  it('is confirmed by our own 2xx (RFC 3261 §13.3.1.4)', () => {
    expect(confirm(dialog)).toEqual({ ...dialog, state: 'confirmed' })
  })

  it('is not made without a Contact (RFC 3261 §8.1.1.8)', () => {
    expect(dialogAsServer(request(), 'b1')).toBeUndefined()
    expect(dialogAsServer(request(['Contact: *']), 'b1')).toBeUndefined()
  })

  it('is not made with a tag that could not be sent back (RFC 3261 §25.1)', () => {
    const contact = 'Contact: <sip:alice@192.0.2.1>'
    const line = 'INVITE sip:bob@example.com'
    expect(dialogAsServer(request([contact], { line, from: ';tag="a\\\u0000b"' }), 'b1')).toBeUndefined()
    expect(dialogAsServer(request([contact], { line, from: ';tag="a b"' }), 'b1')?.remoteTag).toBe('a b')
  })

  it('leaves out of the target what a Request-URI may not hold (RFC 3261 §19.1.1)', () => {
    const odd = request(['Contact: <sip:alice@192.0.2.1;transport=tcp;method=BYE?Subject=x>'])
    expect(dialogAsServer(odd, 'b1')?.remoteTarget).toBe('sip:alice@192.0.2.1;transport=tcp')
  })

  it('refuses a request older than the last with 500, and no other (RFC 3261 §12.2.2)', () => {
    const step = (cseq: number, method = 'INFO') => receiveIn(dialog, request([], { line: `${method} sip:bob@192.0.2.4`, cseq }))
    expect(step(314158)).toEqual({ refuse: 500 })
    expect(step(314999)).toEqual({ dialog: { ...dialog, remoteSequence: 314999 } })
    expect(step(314159, 'ACK')).toEqual({ dialog })
    expect(step(1, 'ACK')).toEqual({ dialog })
  })

  it('takes any first CSeq when the peer has sent none yet (RFC 3261 §12.2.2)', () => {
    const { remoteSequence: _, ...fresh } = dialog
    expect(receiveIn(fresh, request([], { line: 'BYE sip:bob@192.0.2.4', cseq: 1 }))).toEqual({ dialog: { ...fresh, remoteSequence: 1 } })
  })
})

describe('a target refresh', () => {
  const dialog = dialogAsClient(INVITE, OK)!

  it('moves the target and leaves the route set (RFC 3261 §12.2.2)', () => {
    const moved = refreshTarget(dialog, request(['Contact: <sip:bob@192.0.2.99>', 'Record-Route: <sip:other.example.com;lr>']))
    expect(moved).toEqual({ ...dialog, remoteTarget: 'sip:bob@192.0.2.99' })
  })

  it('without Contact moves nothing (RFC 3261 §12.2.1.2)', () => {
    expect(refreshTarget(dialog, response(200, 'b1'))).toBe(dialog)
  })
})

describe('the name of a dialog', () => {
  it('is the same for what the peer sends, as request and as response (RFC 3261 §12)', () => {
    const client = dialogAsClient(INVITE, OK)!
    const server = dialogAsServer(INVITE, 'b1')!
    expect(dialogIdOf(OK)).toBe(dialogId(client))
    expect(dialogIdOf(request([], { line: 'BYE sip:bob@192.0.2.4', to: ';tag=b1' }))).toBe(dialogId(server))
    expect(dialogId(client)).not.toBe(dialogId(server))
  })
})
