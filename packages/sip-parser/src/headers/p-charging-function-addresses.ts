/** Where charging records go: `ccf=192.0.2.1;ccf=192.0.2.2;ecf=192.0.2.3`. RFC 7315 §5.5. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatValue } from './params.ts'

/** A function and its address; the same function may be there several times, first one first. */
export interface ChargingFunction {
  /** `ccf` or `ecf`, lower-cased. */
  readonly name: string
  /** Host, or host and port; without quotes, IPv6 in brackets as written. */
  readonly address: string
}

export const PChargingFunctionAddresses: HeaderDef<readonly ChargingFunction[]> = {
  name: 'P-Charging-Function-Addresses',
  list: false,
  decode(at) {
    const functions: ChargingFunction[] = []
    do {
      const name = at.token().toLowerCase()
      if (!at.skip('=')) at.fail()
      functions.push({ name, address: at.peek() === '"' ? at.quotedString() : at.until(';,"') })
    } while (at.skip(';'))
    return at.ended ? functions : undefined
  },
  encode(functions) {
    if (functions.length === 0) throw new TypeError('One address at least is wanted')
    return functions.map(({ name, address }) => `${checkToken(name, 'A function')}=${formatValue(address)}`).join(';')
  },
}
