/** Whole calls between two agents as data: each is run as it is, and once more for every moment at which a party may be restarted. */
import { Net, type Party, type Script, sdp, word } from './net.ts'

export interface Scenario {
  readonly name: string
  /** A clause for the test's name. */
  readonly clause: string
  readonly alice?: Script
  readonly bob?: Script
  readonly aliceIs?: Party['options']
  readonly bobIs?: Party['options']
  /** What alice does at first; default: calls bob with an offer. */
  readonly start?: (net: Net, alice: Party, bob: Party) => void
  /** Things done at a time, in ms. */
  readonly later?: readonly (readonly [at: number, act: (net: Net, alice: Party, bob: Party) => void])[]
  /** Messages lost by number of sending, beginning with 0. */
  readonly lose?: readonly number[]
  /** How long it takes; default 20 s. */
  readonly forMs?: number
  /** What has to have happened, beside the same end for all. */
  readonly flow?: RegExp
}

const first = (party: Party): string => party.net.names(party)[0]!

const answers: Script = (output, { agent, now }) => {
  if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('bob 1') })
  if (output.kind === 'offer') agent.answerOffer(now, output.call, sdp(`bob for ${word(output.offer) ?? 'nothing'}`))
}
const answersOffers: Script = (output, { agent, now }) => {
  if (output.kind === 'offer') agent.answerOffer(now, output.call, sdp(`alice for ${word(output.offer) ?? 'nothing'}`))
}
const answersBare: Script = (output, { agent, now }) => {
  if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('late offer') })
}

const hangUp = (party: Party): boolean => party.agent.hangUp(party.now, first(party))
const offer = (party: Party, text: string, by?: 'INVITE' | 'UPDATE'): boolean =>
  party.agent.offer(party.now, first(party), sdp(text), by && { by })
const plain = { reliable: 'never' } as const
const call = (net: Net, alice: Party, bob: Party): void => void net.call(alice, bob)
const callBare = (net: Net, alice: Party, bob: Party): void => void net.call(alice, bob, {})

export const scenarios: readonly Scenario[] = [
  {
    name: 'answered, then the caller hangs up',
    clause: 'RFC 3261 §15.1.1',
    bob: answers,
    later: [[3000, (_, alice) => void hangUp(alice)]],
    flow: /INVITE .*200 ACK .*BYE 200/,
  },
  {
    name: 'answered, then the called side hangs up',
    clause: 'RFC 3261 §15.1.1',
    bob: answers,
    later: [[3000, (_, __, bob) => void hangUp(bob)]],
    flow: /BYE 200$/,
  },
  {
    name: 'both hang up at once',
    clause: 'RFC 3261 §15.1.2',
    bob: answers,
    later: [
      [
        3000,
        (_, alice, bob) => {
          hangUp(alice)
          hangUp(bob)
        },
      ],
    ],
    flow: /BYE BYE 200 200$/,
  },
  {
    name: 'rung for a while, unreliably',
    clause: 'RFC 3261 §13.3.1.1',
    bobIs: plain,
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob))],
      [2000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob), { description: sdp('bob 1') })],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /180 200 ACK/,
  },
  {
    name: 'an early answer in an unreliable 183 is said again in the 2xx',
    clause: 'RFC 3261 §13.2.1',
    bobIs: plain,
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob), 183, { description: sdp('early') })],
      [2000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob))],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /183 200 ACK/,
  },
  {
    name: 'rung reliably',
    clause: 'RFC 3262 §3',
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob))],
      [2000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob), { description: sdp('bob 1') })],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /180 PRACK 200 200 ACK/,
  },
  {
    name: 'a 2xx waits for the PRACK of a description',
    clause: 'RFC 3262 §3',
    later: [
      [
        500,
        (_, __, bob) => {
          bob.agent.ring(bob.now, first(bob), 183, { description: sdp('early') })
          bob.agent.answer(bob.now, first(bob))
        },
      ],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /183 PRACK 200 200 ACK/,
  },
  {
    name: 'the first PRACK is lost',
    clause: 'RFC 3262 §4',
    lose: [2],
    later: [
      [
        100,
        (_, __, bob) => {
          bob.agent.ring(bob.now, first(bob), 183, { description: sdp('early') })
          bob.agent.answer(bob.now, first(bob))
        },
      ],
      [9000, (_, alice) => void hangUp(alice)],
    ],
    flow: /PRACK .*PRACK .*ACK/,
  },
  {
    name: 'an offer in a reliable 1xx is answered in the PRACK',
    clause: 'RFC 3262 §5',
    start: callBare,
    alice: answersOffers,
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob), 183, { description: sdp('bob offers') })],
      [2000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob))],
      [5000, (_, __, bob) => void hangUp(bob)],
    ],
    flow: /183 PRACK 200 200 ACK BYE/,
  },
  {
    name: 'that answer takes the user two seconds',
    clause: 'RFC 3262 §5',
    start: callBare,
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob), 183, { description: sdp('bob offers') })],
      [2500, (_, alice) => void alice.agent.answerOffer(alice.now, first(alice), sdp('alice answers'))],
      [3000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob))],
      [6000, (_, __, bob) => void hangUp(bob)],
    ],
    flow: /PRACK 200 200 ACK BYE/,
  },
  {
    name: 'the 2xx offers and the ACK answers',
    clause: 'RFC 6337 §2.2',
    start: callBare,
    alice: answersOffers,
    bob: answersBare,
    later: [[3000, (_, alice) => void hangUp(alice)]],
    flow: /INVITE 200 ACK BYE/,
  },
  {
    name: 'the ACK waits for a slow user while the 2xx comes again',
    clause: 'RFC 3261 §13.2.2.4',
    start: callBare,
    bob: answersBare,
    later: [
      [4000, (_, alice) => void alice.agent.answerOffer(alice.now, first(alice), sdp('alice answers'))],
      [6000, (_, alice) => void hangUp(alice)],
    ],
    flow: /INVITE 200 200 200 200 ACK BYE/,
  },
  {
    name: 'the ACK is lost',
    clause: 'RFC 3261 §13.3.1.4',
    bob: answers,
    lose: [2],
    later: [[3000, (_, alice) => void hangUp(alice)]],
    flow: /INVITE 200 ACK 200 ACK/,
  },
  {
    name: 'hung up between 2xx and ACK',
    clause: 'RFC 3261 §15',
    lose: [2],
    bob: answers,
    later: [[100, (_, __, bob) => void hangUp(bob)]],
    flow: /INVITE 200 ACK 200 ACK BYE 200/,
  },
  {
    name: 'no ACK ever comes',
    clause: 'RFC 3261 §13.3.1.4',
    bob: answers,
    start: (net, alice, bob) => {
      net.drop = message => message.kind === 'request' && message.method === 'ACK'
      net.call(alice, bob)
    },
    forMs: 60_000,
    flow: /BYE 200$/,
  },
  {
    name: 'cancelled while it rings',
    clause: 'RFC 3261 §9.1',
    bob: (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call)),
    later: [[2000, (_, alice) => void hangUp(alice)]],
    flow: /CANCEL 200 487 ACK/,
  },
  {
    name: 'cancelled before anything came back',
    clause: 'RFC 3261 §9.1',
    lose: [0],
    start: (net, alice, bob) => {
      net.call(alice, bob)
      hangUp(alice)
    },
    flow: /^INVITE INVITE 100 CANCEL/,
  },
  {
    name: 'CANCEL and 2xx cross',
    clause: 'RFC 3261 §9.1',
    later: [
      [
        500,
        (_, alice, bob) => {
          bob.agent.answer(bob.now, first(bob), { description: sdp('bob 1') })
          hangUp(alice)
        },
      ],
    ],
    flow: /ACK BYE 200/,
  },
  {
    name: 'refused',
    clause: 'RFC 3261 §21.4',
    bob: (output, { agent, now }) => void (output.kind === 'incoming' && agent.refuse(now, output.call)),
    flow: /INVITE 486 ACK/,
  },
  {
    name: 'the ACK of a refusal is lost',
    clause: 'RFC 3261 §17.1.1.3',
    lose: [2],
    bob: (output, { agent, now }) => void (output.kind === 'incoming' && agent.refuse(now, output.call)),
    flow: /486 ACK 486 ACK/,
  },
  {
    name: 'nobody there',
    clause: 'RFC 3261 §17.1.1.2',
    start: (net, alice, bob) => {
      net.drop = (_, from) => from === 'alice'
      net.call(alice, bob)
    },
    forMs: 60_000,
    flow: /^(INVITE ){6}INVITE$/,
  },
  {
    name: 'a re-INVITE changes the session',
    clause: 'RFC 3261 §14.1',
    bob: answers,
    later: [
      [2000, (_, alice) => void offer(alice, 'alice 2')],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /ACK INVITE 200 ACK BYE/,
  },
  {
    name: 'a re-INVITE that the user ponders over',
    clause: 'RFC 3261 §14.2',
    bob: answersBare,
    later: [
      [2000, (_, alice) => void offer(alice, 'alice 2')],
      [4000, (_, __, bob) => void bob.agent.answerOffer(bob.now, first(bob), sdp('bob 2'))],
      [6000, (_, __, bob) => void hangUp(bob)],
    ],
    flow: /INVITE 100 200 ACK BYE/,
  },
  {
    name: 'the called side re-INVITEs without an offer',
    clause: 'RFC 6337 §2.2',
    bob: answers,
    alice: answersOffers,
    later: [
      [2000, (_, __, bob) => void bob.agent.offer(bob.now, first(bob))],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /ACK INVITE 200 ACK BYE/,
  },
  {
    name: 'a refused re-INVITE leaves the session as it was',
    clause: 'RFC 6141 §3',
    bob: (output, party) => {
      if (output.kind === 'incoming') answers(output, party)
      if (output.kind === 'offer') party.agent.refuseOffer(party.now, output.call)
    },
    later: [
      [2000, (_, alice) => void offer(alice, 'alice 2')],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /INVITE 488 ACK BYE/,
  },
  {
    name: 're-INVITEs cross and are tried again',
    clause: 'RFC 3261 §14.1',
    bob: answers,
    alice: answersOffers,
    later: [
      [
        2000,
        (_, alice, bob) => {
          offer(alice, 'alice 2')
          offer(bob, 'bob 2')
        },
      ],
      [12_000, (_, alice) => void hangUp(alice)],
    ],
    flow: /491 .*INVITE 200 ACK/,
  },
  {
    name: 'an UPDATE changes the session',
    clause: 'RFC 3311 §5.1',
    bob: answers,
    later: [
      [2000, (_, alice) => void offer(alice, 'alice 2', 'UPDATE')],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /UPDATE 200 BYE/,
  },
  {
    name: 'an UPDATE while it rings',
    clause: 'RFC 3311 §5.1',
    bob: (output, { agent, now }) => void (output.kind === 'offer' && agent.answerOffer(now, output.call, sdp('bob 2'))),
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob), 183, { description: sdp('early') })],
      [2000, (_, alice) => void offer(alice, 'alice 2')],
      [4000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob))],
      [7000, (_, alice) => void hangUp(alice)],
    ],
    flow: /PRACK 200 UPDATE 200 200 ACK/,
  },
  {
    name: 'UPDATEs cross',
    clause: 'RFC 3311 §5.2',
    bob: answers,
    alice: answersOffers,
    later: [
      [
        2000,
        (_, alice, bob) => {
          offer(alice, 'alice 2', 'UPDATE')
          offer(bob, 'bob 2', 'UPDATE')
        },
      ],
      [12_000, (_, alice) => void hangUp(alice)],
    ],
    flow: /UPDATE UPDATE 491 491 .*UPDATE 200 /,
  },
  {
    name: 'INFO both ways',
    clause: 'RFC 6086 §4',
    bob: (output, party) => {
      answers(output, party)
      if (output.kind === 'request') party.agent.respond(party.now, output.call, output.id, 200)
    },
    alice: (output, { agent, now }) => void (output.kind === 'request' && agent.respond(now, output.call, output.id, 202)),
    later: [
      [2000, (_, alice) => void alice.agent.request(alice.now, first(alice), 'INFO', { contentType: 'text/plain', body: sdp('ping') })],
      [3000, (_, __, bob) => void bob.agent.request(bob.now, first(bob), 'MESSAGE')],
      [5000, (_, alice) => void hangUp(alice)],
    ],
    flow: /INFO 200 MESSAGE 202 BYE/,
  },
  {
    name: 'an INFO that is answered late',
    clause: 'RFC 4320 §4.1',
    bob: answers,
    later: [
      [2000, (_, alice) => void alice.agent.request(alice.now, first(alice), 'INFO')],
      [
        5000,
        (_, __, bob) => {
          const [asked] = bob.of('request')
          bob.agent.respond(bob.now, first(bob), asked!.id, 200)
        },
      ],
      [9000, (_, alice) => void hangUp(alice)],
    ],
    flow: /INFO .*200/,
  },
  {
    name: 'the session is refreshed by UPDATE, for hours',
    clause: 'RFC 4028 §10',
    bob: answers,
    aliceIs: { sessionTimer: { seconds: 120, minSe: 90, refresher: 'us' } },
    forMs: 240_000,
    later: [[230_000, (_, alice) => void hangUp(alice)]],
    flow: /(UPDATE 200 ){3,}/,
  },
  {
    name: 'the far end dies in a call',
    clause: 'RFC 4028 §10',
    bob: answers,
    aliceIs: { sessionTimer: { seconds: 120, minSe: 90, refresher: 'us' } },
    later: [
      [
        5000,
        net => {
          net.drop = (_, from) => from === 'bob'
        },
      ],
    ],
    forMs: 200_000,
    flow: /UPDATE.*BYE/,
  },
  {
    name: 'nobody refreshes',
    clause: 'RFC 4028 §10',
    bob: answers,
    bobIs: { sessionTimer: { seconds: 120, minSe: 90, refresher: 'them' } },
    later: [
      [
        5000,
        net => {
          net.drop = (message, from) => from === 'alice' && message.kind === 'request' && message.method !== 'BYE'
        },
      ],
    ],
    forMs: 200_000,
    flow: /BYE/,
  },
  {
    name: 'a PRACK never comes',
    clause: 'RFC 3262 §3',
    start: (net, alice, bob) => {
      net.drop = message => message.kind === 'request' && message.method === 'PRACK'
      net.call(alice, bob)
    },
    later: [[100, (_, __, bob) => void bob.agent.ring(bob.now, first(bob))]],
    forMs: 80_000,
    flow: /504 ACK/,
  },
  {
    name: 'our PRACK brings another offer',
    clause: 'RFC 3262 §5',
    aliceIs: { pracks: 'by verb' },
    bob: (output, { agent, now }) => void (output.kind === 'offer' && agent.answerOffer(now, output.call, sdp('bob 2'))),
    later: [
      [500, (_, __, bob) => void bob.agent.ring(bob.now, first(bob), 183, { description: sdp('early') })],
      [2000, (_, alice) => void alice.agent.prack(alice.now, first(alice), { description: sdp('alice 2') })],
      [3000, (_, __, bob) => void bob.agent.answer(bob.now, first(bob))],
      [6000, (_, alice) => void hangUp(alice)],
    ],
    flow: /PRACK (183 )?200 200 ACK/,
  },
  {
    name: 'nobody answers within the Expires of the INVITE',
    clause: 'RFC 3261 §13.2.1',
    bob: (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call)),
    start: (net, alice, bob) => void net.call(alice, bob, { offer: sdp('alice 1'), headers: [['Expires', '10']] }),
    flow: /487/,
  },
  {
    name: 'a BYE is lost for good',
    clause: 'RFC 3261 §15.1.1',
    bob: answers,
    later: [
      [
        2000,
        net => {
          net.drop = message => message.kind === 'request' && message.method === 'BYE'
        },
      ],
      [2001, (_, alice) => void hangUp(alice)],
      [50_000, (_, __, bob) => void hangUp(bob)],
    ],
    forMs: 120_000,
    flow: /(BYE ){5}/,
  },
]

/** Runs it. `restart`: who is restarted, before which step. */
export function play(
  scenario: Scenario,
  restart?: { readonly who: 'alice' | 'bob'; readonly step: number },
): {
  readonly net: Net
  readonly alice: Party
  readonly bob: Party
  readonly steps: number
  /** In which a call was before some step. */
  readonly states: ReadonlySet<string>
} {
  const net = new Net({ seed: 7 })
  const alice = net.party('alice', scenario.alice, scenario.aliceIs)
  const bob = net.party('bob', scenario.bob, scenario.bobIs)
  const { lose = [], later = [], forMs = 20_000, start = call } = scenario
  let number = 0
  let steps = 0
  const states = new Set<string>()
  if (lose.length > 0) net.drop = () => lose.includes(number++)
  net.onStep = step => {
    steps = step + 1
    for (const party of [alice, bob]) for (const id of net.names(party)) states.add(stateOf(party, id))
    if (restart?.step === step) (restart.who === 'alice' ? alice : bob).restart()
  }
  for (const [at, act] of later)
    net.after(at, () => {
      act(net, alice, bob)
    })
  start(net, alice, bob)
  net.advance(forMs)
  return { net, alice, bob, steps, states }
}

/** `confirmed`, and what is under way: `confirmed, INVITE out`. */
function stateOf({ agent }: Party, id: string): string {
  const call = agent.find(id)
  if (call === undefined) return 'gone'
  const asks = call.asks.filter(({ done, is }) => !done && is !== 'invite').map(({ method }) => `${method} out`)
  const servings = call.servings.filter(({ done, is }) => !done && is !== 'invite').map(({ method }) => `${method} in`)
  const owed = call.dialogs.flatMap(at => (at.owed === undefined ? [] : [`answer owed in ${at.owed.in}`]))
  const held = call.dialogs.some(at => at.held !== undefined) ? ['PRACK held'] : []
  const waits = call.servings.some(({ reliable, done }) => !done && (reliable?.unacknowledged.length ?? 0) > 0) ? ['PRACK awaited'] : []
  return [call.state, ...asks, ...servings, ...owed, ...held, ...waits, ...(call.retries.length > 0 ? ['offer again'] : [])].join(', ')
}

/** How it ended for a party: what it was told, what was agreed, nothing left. */
export function outcome(party: Party): readonly string[] {
  return party.heard.map(output => {
    const status = 'status' in output ? ` ${output.status}` : ''
    const description = output.kind === 'answer' ? word(output.answer) : 'offer' in output ? word(output.offer) : undefined
    return `${output.kind}${status}${description === undefined ? '' : ` "${description}"`}`
  })
}
