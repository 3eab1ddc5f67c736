/** The tables of this package as docs/state-machines.md draws them, from the built entries. RFC 3261 §10, §13 to §15, RFC 3264 §4, RFC 6665, RFC 3903. */
import { callTable } from '../dist/call/index.js'
import { notifierTable, publicationTable, referralTable, subscriberTable, subscriptionTable } from '../dist/events/index.js'
import { registrationTable } from '../dist/index.js'
import { offerAnswer } from '../dist/rules/index.js'

/** The rows of one side of a call. What both have is drawn with each. */
const side = (...states) => Object.fromEntries(states.map(state => [state, callTable[state]]))

/** The verdict is what the step does. What is ignored, or not allowed to us, has no arrow. `back` goes where a session stood before, or did not. */
const exchange = Object.fromEntries(
  Object.entries(offerAnswer).map(([state, row]) => [
    state,
    Object.fromEntries(
      Object.entries(row)
        .filter(([, { verdict }]) => verdict !== 'ignore' && verdict !== 'not allowed')
        .flatMap(([event, { to, verdict }]) => {
          const effects = verdict === 'take' ? [] : [verdict]
          if (to !== 'back') return [[event, { to, effects }]]
          return [
            [`${event}, first offer`, { to: 'idle', effects }],
            [`${event}, later offer`, { to: 'stable', effects }],
          ]
        }),
    ),
  ]),
)

/** States follow each other without effects. */
const referral = Object.fromEntries(
  Object.entries(referralTable).map(([state, row]) => [
    state,
    Object.fromEntries(Object.entries(row).map(([event, to]) => [event, { to, effects: [] }])),
  ]),
)

export const USER_AGENT_MACHINES = {
  name: '@strowger/sip-ua',
  machines: [
    {
      name: 'Call, calling side',
      clause: 'RFC 3261 §13.2, §15, §9.1. The events and effects are those of `callTable` in `@strowger/sip-ua/call`.',
      table: side('calling', 'early', 'acknowledging', 'cancelling', 'confirmed', 'ending'),
    },
    {
      name: 'Call, called side',
      clause: 'RFC 3261 §13.3, §15, RFC 3262 §3. The other half of the same table.',
      table: side('incoming', 'ringing', 'holding', 'answered', 'leaving', 'confirmed', 'ending'),
    },
    {
      name: 'Offer and answer',
      clause: 'RFC 3264 §4, RFC 6337 §2.2, RFC 3311 §5. A later offer that is refused leaves what was agreed before.',
      table: exchange,
    },
    { name: 'Registration', clause: 'RFC 3261 §10.2, RFC 5626 §4.5', table: registrationTable },
    { name: 'Subscription, before and between its dialogs', clause: 'RFC 6665 §4.1.2', table: subscriptionTable },
    { name: 'Subscription, in one dialog', clause: 'RFC 6665 §4.1.2.2, §4.1.2.3, §4.1.3', table: subscriberTable },
    { name: 'Notifier', clause: 'RFC 6665 §4.2.2', table: notifierTable },
    { name: 'Publication', clause: 'RFC 3903 §4', table: publicationTable },
    { name: 'Referral', clause: 'RFC 3515 §2.4, RFC 4488 §4', table: referral },
  ],
}
