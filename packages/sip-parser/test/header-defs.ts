/** Every header definition the package exports. */

import type { HeaderDef } from '../src/index.ts'
import * as sip from '../src/index.ts'

const isHeaderDef = (value: object): boolean => 'decode' in value && 'encode' in value

export const HEADER_DEFS: readonly HeaderDef<unknown>[] = Object.values(sip as Readonly<Record<string, unknown>>).filter(
  value => typeof value === 'object' && value !== null && isHeaderDef(value),
) as HeaderDef<unknown>[]
