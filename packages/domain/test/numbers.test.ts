/** What a dialled text is, and who carries it. */
import { describe, expect, test } from 'vitest'
import { chooseCarriers, classify, type NumberingPlan, normalizeE164, type OutgoingRoute } from '../src/index.ts'

const spain: NumberingPlan = { internationalCode: '00', countryCode: '34', trunkPrefix: '', areaCode: '', nationalLength: 9 }
const berlin: NumberingPlan = { internationalCode: '00', countryCode: '49', trunkPrefix: '0', areaCode: '30', nationalLength: 10 }

describe('normalizeE164', () => {
  test.each([
    ['+34 910-000.001', spain, '+34910000001'],
    ['0034910000001', spain, '+34910000001'],
    ['910000001', spain, '+34910000001'],
    ['91000000', spain, undefined],
    ['199', spain, undefined],
    ['alice', spain, undefined],
    ['+', spain, undefined],
    ['+0123456789', spain, undefined],
    ['+1234567890123456', spain, undefined],
    ['910000001', undefined, undefined],
    ['03012345678', berlin, '+493012345678'],
    ['12345678', berlin, '+493012345678'],
    ['004312345678', berlin, '+4312345678'],
  ])('%s → %s %s', (dialled, plan, number) => {
    expect(normalizeE164(dialled, plan)).toBe(number)
  })
})

describe('classify', () => {
  const view = {
    services: [
      { code: '94', takesArgument: true },
      { code: '43', takesArgument: false },
      { code: '9', takesArgument: true },
      { code: '93', takesArgument: false },
    ],
    extension: (number: string) =>
      new Map([
        ['102', 'bob'],
        ['910000001', 'masked'],
      ]).get(number),
    plan: spain,
  }
  test('a star begins a service code: whole codes first, then the longest that takes an argument', () => {
    expect(classify('*43', view)).toMatchObject({ kind: 'service', service: { code: '43' }, argument: '' })
    expect(classify('*94102', view)).toMatchObject({ kind: 'service', service: { code: '94' }, argument: '102' })
    expect(classify('*93', view)).toMatchObject({ kind: 'service', service: { code: '93' }, argument: '' })
    expect(classify('*77', view)).toEqual({ kind: 'unknown', what: 'service' })
    expect(classify('*', view)).toEqual({ kind: 'unknown', what: 'service' })
  })
  test('an extension masks an equal external number', () => {
    expect(classify('102', view)).toEqual({ kind: 'extension', extension: 'bob', number: '102' })
    expect(classify('910000001', view)).toMatchObject({ kind: 'extension' })
  })
  test('what is left is an E.164 number or unknown', () => {
    expect(classify('0034600000000', view)).toEqual({ kind: 'external', e164: '+34600000000' })
    expect(classify('199', view)).toEqual({ kind: 'unknown', what: 'number' })
  })
})

describe('chooseCarriers', () => {
  const route = (id: number, fields: Partial<OutgoingRoute>): OutgoingRoute => ({
    id,
    clientId: null,
    prefix: '',
    mode: 'static',
    carrierId: id,
    priority: 1,
    weight: 1,
    stopper: false,
    ...fields,
  })
  const ids = (routes: OutgoingRoute[], number = '+34910000001'): unknown => {
    const choice = chooseCarriers(number, 1, routes)
    return choice.kind === 'routes' ? choice.routes.map(one => one.id) : choice.kind
  }
  test('the longest prefix comes first, then the lowest priority, then the greatest weight', () => {
    const routes = [
      route(1, {}),
      route(2, { prefix: '+34', priority: 2 }),
      route(3, { prefix: '+34' }),
      route(4, { weight: 5 }),
      route(5, { prefix: '+33' }),
    ]
    expect(ids(routes)).toEqual([3, 2, 4, 1])
  })
  test("another client's routes are not offered, a blocking route forbids, no route is none", () => {
    expect(ids([route(1, { clientId: 2 }), route(2, { clientId: 1 })])).toEqual([2])
    expect(ids([route(1, {}), route(2, { prefix: '+349', mode: 'block', carrierId: null })])).toBe('blocked')
    expect(ids([route(1, { prefix: '+1' })])).toBe('none')
  })
  test('a stopper ends the list after its equals, and a carrier is offered once', () => {
    expect(ids([route(1, { stopper: true }), route(2, {}), route(3, { priority: 2 })])).toEqual([1, 2])
    expect(ids([route(1, { carrierId: 9 }), route(2, { carrierId: 9, priority: 2 })])).toEqual([1])
  })
})
