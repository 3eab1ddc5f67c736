/** The bans of the users' proxy, with what operators see of them: a line in the log, a gauge, and pages to look at and lift them. RFC 7616 §5.7. */
import { type Config, type RoleContext, wall } from '@strowger/runtime'
import { Bans } from './bans.ts'

export function openBans(config: Config, { log, metrics, pages }: RoleContext): Bans {
  const { tries, banSeconds } = config.bruteForce
  const bans = new Bans({
    tries,
    banMs: banSeconds * 1000,
    onBan: ({ user, source, until }) =>
      log.warn({ user, source, until: new Date(until).toISOString() }, 'too many wrong passwords: barred'),
  })
  metrics.gauge('strowger_bans', 'Users that are barred from an address for too many wrong passwords', () => bans.list(wall()).length)
  pages.set('GET /bans', () => bans.list(wall()))
  pages.set('POST /bans/lift', ({ body }) => {
    const { user, source } = JSON.parse(body) as { readonly user: string; readonly source?: string }
    const lifted = bans.lift(user, source)
    log.info({ user, source, lifted }, 'let in again')
    return { lifted }
  })
  return bans
}
