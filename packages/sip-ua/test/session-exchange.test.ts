import { describe, expect, it } from 'vitest'
import { exchangeStep, mayOffer, NO_EXCHANGE, type SessionExchange, type SessionMessage, type Way } from '../src/session-exchange.ts'

/** `> INVITE +` sends an INVITE with a description, `< 183r INVITE +` receives a reliable 183 to one. */
function read(line: string): [Way, SessionMessage] {
  const [arrow, ...rest] = line.split(' ')
  const description = rest.at(-1) === '+'
  const [first, second] = rest.filter(word => word !== '+') as [string, string?]
  const status = /^(\d+)(r?)$/.exec(first)
  const method = (status ? second : first) as SessionMessage['method']
  const message = status ? { method, status: Number(status[1]), reliable: status[2] === 'r', description } : { method, description }
  return [arrow === '>' ? 'send' : 'receive', message]
}

function run(...lines: string[]): { readonly verdicts: string[]; readonly exchange: SessionExchange } {
  let exchange = NO_EXCHANGE
  const verdicts = lines.map(line => {
    const after = exchangeStep(exchange, ...read(line))
    exchange = after.exchange
    return after.verdict
  })
  return { verdicts, exchange }
}
const verdicts = (...lines: string[]) => run(...lines).verdicts
const last = (...lines: string[]) => run(...lines).verdicts.at(-1)
const CALL = ['> INVITE +', '< 200 INVITE +', '> ACK']
const CALLED = ['< INVITE +', '> 200 INVITE +', '< ACK']

describe('the six ways of an offer and its answer', () => {
  it.each([
    [1, ['> INVITE +', '< 180 INVITE', '< 200 INVITE +', '> ACK'], 'offer none answer none'],
    [2, ['> INVITE', '< 180 INVITE', '< 200 INVITE +', '> ACK +'], 'none none offer answer'],
    [3, ['> INVITE +', '< 183r INVITE +', '> PRACK', '< 200 PRACK', '< 200 INVITE', '> ACK'], 'offer answer none none none none'],
    [4, ['> INVITE', '< 183r INVITE +', '> PRACK +', '< 200 PRACK', '< 200 INVITE', '> ACK'], 'none offer answer none none none'],
    [5, ['> INVITE +', '< 183r INVITE +', '> PRACK +', '< 200 PRACK +', '< 200 INVITE', '> ACK'], 'offer answer offer answer none none'],
    [6, [...CALL, '> UPDATE +', '< 200 UPDATE +'], 'offer answer none offer answer'],
  ])('number %i is the same from both ends (RFC 6337 §2.2)', (_, lines, expected) => {
    expect(verdicts(...lines).join(' ')).toBe(expected)
    const other = run(...lines.map(line => (line.startsWith('>') ? line.replace('>', '<') : line.replace('<', '>'))))
    expect(other.verdicts.join(' ')).toBe(expected)
    expect(other.exchange).toEqual({ ...NO_EXCHANGE, offers: { state: 'stable', agreed: true } })
  })
})

describe('descriptions in provisional responses', () => {
  it('that are not reliable preview the answer, which the 2xx repeats (RFC 6337 §3.1.1)', () => {
    expect(verdicts('> INVITE +', '< 183 INVITE +', '< 200 INVITE +')).toEqual(['offer', 'preview', 'answer'])
    expect(verdicts('< INVITE +', '> 183 INVITE +', '> 200 INVITE +')).toEqual(['offer', 'preview', 'answer'])
  })

  it('let no UPDATE carry an offer before a reliable answer (RFC 3311 §5.1)', () => {
    expect(last('> INVITE +', '< 183 INVITE +', '> UPDATE +')).toBe('not allowed')
    expect(last('< INVITE +', '> 183 INVITE +', '< UPDATE +')).toBe('refuse 500')
    expect(last('< INVITE +', '> 183 INVITE +', '> UPDATE +')).toBe('not allowed')
  })

  it('stand for the answer when the 2xx of a careless peer has none (RFC 3261 §13.2.1)', () => {
    const { verdicts: all, exchange } = run('> INVITE +', '< 183 INVITE +', '< 200 INVITE')
    expect(all.at(-1)).toBe('none')
    expect(exchange.offers.state).toBe('stable')
  })

  it('of an INVITE without offer are no offer unless reliable (RFC 3262 §5)', () => {
    expect(verdicts('> INVITE', '< 183 INVITE +', '< 200 INVITE +', '> ACK +')).toEqual(['none', 'repeat', 'offer', 'answer'])
  })

  it('that come again say nothing new (RFC 3261 §13.2.1)', () => {
    expect(last('> INVITE +', '< 183r INVITE +', '> PRACK', '< 180r INVITE +')).toBe('repeat')
    expect(last('> INVITE +', '< 183r INVITE +', '> PRACK', '< 200 INVITE +')).toBe('repeat')
  })
})

describe('a called party with a reliable description under way', () => {
  it('holds its 2xx until the PRACK (RFC 3262 §3)', () => {
    expect(last('< INVITE +', '> 183r INVITE +', '> 200 INVITE +')).toBe('not allowed')
    expect(last('< INVITE +', '> 183r INVITE +', '< PRACK', '> 200 INVITE')).toBe('none')
    expect(last('< INVITE', '> 183r INVITE +', '> 200 INVITE')).toBe('not allowed')
  })

  it('sends no offer in UPDATE until the PRACK (RFC 3311 §5.1)', () => {
    expect(last('< INVITE +', '> 183r INVITE +', '> UPDATE +')).toBe('not allowed')
    expect(last('< INVITE +', '> 183r INVITE +', '< PRACK', '> UPDATE +')).toBe('offer')
  })

  it('misses the answer in a PRACK without one (RFC 3262 §5)', () => {
    expect(last('< INVITE', '> 183r INVITE +', '< PRACK')).toBe('no answer')
    expect(last('> INVITE', '< 183r INVITE +', '> PRACK')).toBe('not allowed')
  })

  it('may refuse the INVITE at any time (RFC 3262 §3)', () => {
    expect(last('< INVITE +', '> 183r INVITE +', '> 486 INVITE')).toBe('none')
    expect(run('< INVITE', '> 183r INVITE +', '> 486 INVITE')).toMatchObject({
      verdicts: ['none', 'offer', 'back'],
      exchange: { ...NO_EXCHANGE, lapsed: true },
    })
  })
})

describe('an offer in a 1xx', () => {
  it('that fell with the INVITE is not answered by its late PRACK (RFC 3262 §3)', () => {
    const { verdicts: all, exchange } = run(...CALL, '< INVITE', '> 183r INVITE +', '> 488 INVITE', '< PRACK +', '> 200 PRACK')
    expect(all.slice(3)).toEqual(['none', 'offer', 'back', 'repeat', 'none'])
    expect(exchange).toEqual(run(...CALL).exchange)
  })

  it('comes before any offer in UPDATE or PRACK when the INVITE had none (RFC 3311 §5.1)', () => {
    expect([
      last(...CALL, '> INVITE', '> UPDATE +'),
      last(...CALL, '> INVITE', '< UPDATE +'),
      last(...CALL, '< INVITE', '< UPDATE +'),
    ]).toEqual(['not allowed', 'refuse 491', 'refuse 500'])
    expect(last(...CALL, '> INVITE', '< 180r INVITE', '> PRACK +')).toBe('not allowed')
  })
})

describe('UPDATE', () => {
  it('with an offer against an open offer of ours is refused with 491 (RFC 3311 §5.2)', () => {
    expect(last(...CALL, '> UPDATE +', '< UPDATE +')).toBe('refuse 491')
    expect(last('> INVITE +', '< UPDATE +')).toBe('refuse 491')
  })

  it('with an offer before we have answered theirs is refused with 500 (RFC 3311 §5.2)', () => {
    expect(last('< INVITE +', '< UPDATE +')).toBe('refuse 500')
    expect(last('< INVITE', '< UPDATE +')).toBe('refuse 500')
  })

  it('before the one before it is answered is refused with 500, with or without offer (RFC 3311 §5.2)', () => {
    expect(last(...CALLED, '< UPDATE', '< UPDATE')).toBe('refuse 500')
    expect(last(...CALLED, '< UPDATE +', '< UPDATE +')).toBe('refuse 500')
  })

  it('without offer may cross anything (RFC 3311 §5.1)', () => {
    expect(verdicts(...CALL, '> UPDATE', '< UPDATE', '> 200 UPDATE', '< 200 UPDATE').slice(3)).toEqual(Array(4).fill('none'))
    expect(last('> INVITE +', '< 180 INVITE', '< UPDATE')).toBe('none')
  })

  it('that is refused leaves what was agreed (RFC 3311 §5.3)', () => {
    const { verdicts: all, exchange } = run(...CALL, '> UPDATE +', '< 488 UPDATE')
    expect([all.at(-1), exchange.offers]).toEqual(['back', { state: 'stable', agreed: true }])
  })

  it('must be answered with a description when it brought one (RFC 3311 §5.2)', () => {
    expect(last(...CALL, '> UPDATE +', '< 200 UPDATE')).toBe('no answer')
    expect(last(...CALL, '< UPDATE +', '> 200 UPDATE')).toBe('not allowed')
  })
})

describe('a re-INVITE', () => {
  it('that is refused leaves what was agreed (RFC 3261 §14.1)', () => {
    const { verdicts: all, exchange } = run(...CALL, '> INVITE +', '< 488 INVITE')
    expect(all.at(-1)).toBe('back')
    expect(exchange).toEqual(run(...CALL).exchange)
  })

  it('refused after an exchange inside it is followed by an offer of what stands (RFC 6141 §3.4)', () => {
    const { verdicts: all, exchange } = run(...CALL, '> INVITE +', '< 183r INVITE +', '> PRACK', '< 200 PRACK', '< 504 INVITE')
    expect([all.at(-1), exchange.offers.state, mayOffer(exchange, 'UPDATE')]).toEqual(['resync', 'stable', true])
  })

  it('whose changes are in force is not refused by us (RFC 6141 §3.3)', () => {
    const inside = [...CALL, '< INVITE +', '> 183r INVITE +', '< PRACK', '> 200 PRACK']
    expect(last(...inside, '> 488 INVITE')).toBe('not allowed')
    expect(last(...inside, '> 200 INVITE')).toBe('none')
    expect(last(...CALL, '< INVITE +', '> 183r INVITE', '> 488 INVITE')).toBe('back')
  })

  it('crossing ours is refused with 491, before we answered theirs with 500 (RFC 3261 §14.2)', () => {
    expect(last(...CALL, '> INVITE +', '< INVITE +')).toBe('refuse 491')
    expect(last(...CALL, '> INVITE', '< INVITE')).toBe('refuse 491')
    expect(last(...CALL, '< INVITE +', '< INVITE +')).toBe('refuse 500')
    expect(last(...CALL, '> UPDATE +', '< INVITE +')).toBe('refuse 491')
  })

  it('waits while another INVITE is open or an offer is out (RFC 3261 §14.1)', () => {
    for (const open of [['> INVITE +'], ['< INVITE +'], ['> UPDATE +'], ['< UPDATE +']])
      expect(mayOffer(run(...CALL, ...open).exchange, 'INVITE')).toBe(false)
    expect(mayOffer(run(...CALL).exchange, 'INVITE')).toBe(true)
  })
})

describe('a missing answer', () => {
  it('in a 2xx or an ACK is told, so that the call can be ended (RFC 3261 §13.2.2.4)', () => {
    expect(last('> INVITE +', '< 200 INVITE')).toBe('no answer')
    expect(last('> INVITE', '< 200 INVITE')).toBe('no answer')
    expect(last('< INVITE', '> 200 INVITE +', '< ACK')).toBe('no answer')
    expect(last('> INVITE', '< 200 INVITE +', '> ACK')).toBe('not allowed')
  })
})

describe('a forked INVITE', () => {
  it('starts each early dialog from the same offer (RFC 3261 §13.2.2.4)', () => {
    const sent = run('> INVITE +').exchange
    const [one, two] = ['b', 'c'].map(() => exchangeStep(sent, ...read('< 183r INVITE +')))
    expect(one).toEqual(two)
    expect(one?.verdict).toBe('answer')
  })
})

describe('every message in every state', () => {
  const methods = ['INVITE', 'ACK', 'PRACK', 'UPDATE']
  const requests = methods.flatMap(method => [method, `${method} +`])
  const responses = ['180', '183r', '200', '488'].flatMap(status =>
    methods.filter(m => m !== 'ACK').flatMap(m => [`${status} ${m}`, `${status} ${m} +`]),
  )
  const all = [...requests, ...responses].flatMap(text => [`> ${text}`, `< ${text}`])

  it('has a verdict, stays JSON, and a refused or forbidden one changes nothing (RFC 3264 §4)', () => {
    const key = (value: unknown): string =>
      typeof value === 'object' && value !== null
        ? `{${Object.entries(value)
            .map(([k, v]) => `${k}:${key(v)}`)
            .sort()}}`
        : String(value)
    const seen = new Map([[key(NO_EXCHANGE), NO_EXCHANGE]])
    const wrong: string[] = []
    for (const [before, exchange] of seen) {
      for (const line of all) {
        const after = exchangeStep(exchange, ...read(line))
        const next = key(after.exchange)
        if (/^(refuse|not allowed)/.test(after.verdict) && next !== before) wrong.push(`${line} changes ${before}`)
        if (key(JSON.parse(JSON.stringify(after.exchange))) !== next) wrong.push(`${line} leaves JSON`)
        if (!seen.has(next)) seen.set(next, after.exchange)
      }
    }
    expect(wrong).toEqual([])
    expect(seen.size).toBeLessThan(4000)
    for (const { offers, by } of seen.values()) expect(by === undefined).toBe(offers.state === 'idle' || offers.state === 'stable')
  })
})
