/** `Sat, 13 Nov 2010 23:29:00 GMT`, as milliseconds since 1970; no zone but GMT. RFC 3261 §20.17. */
import type { HeaderDef } from '../header-def.ts'

export const DateHeader: HeaderDef<number> = {
  name: 'Date',
  list: false,
  decode(at) {
    const match = at.ended ? null : SIP_DATE.exec(at.rest())
    if (match === null) return undefined
    const month = MONTHS.indexOf(match[3]!)
    const millis = Date.UTC(Number(match[4]), month, Number(match[2]), Number(match[5]), Number(match[6]), Number(match[7]))
    return formatDate(millis).slice(5) === match[0].slice(5) ? millis : undefined
  },
  encode(millis) {
    const text = formatDate(millis)
    if (!SIP_DATE.test(text))
      throw new TypeError(`A moment in milliseconds since 1970, before the year 10000, is wanted, not ${JSON.stringify(millis)}`)
    return text
  },
}

function formatDate(millis: number): string {
  const date = new Date(millis)
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(twoDigits).join(':')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${DAYS[date.getUTCDay()]}, ${twoDigits(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${year} ${time} GMT`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const SIP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/
