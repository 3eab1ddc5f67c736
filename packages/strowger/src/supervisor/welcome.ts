/** What a person sees when everything is ready: addresses, a softphone's settings, what to do next. */
import { type Config, rolesOf } from '@strowger/runtime'
import { at, type DemoFile } from './demo-file.ts'

export function welcome(config: Config, demo: DemoFile | undefined, seconds: number): string {
  const roles = rolesOf(config)
  const addresses = [
    ...(roles.includes('users-proxy') ? [['phones', portsOf(config.listen, config.usersProxy)]] : []),
    ...(roles.includes('trunks-proxy') ? [['carriers', portsOf(config.listen, config.trunksProxy)]] : []),
    ...(roles.includes('portal') ? [['health', `http://${at(config.portal.address, config.portal.http)}/healthz and /metrics`]] : []),
    ['data', config.data],
  ]
  const rows = addresses.map(([name, value]) => `  ${(name as string).padEnd(10)}${value}`)
  const phones = demo !== undefined && roles.includes('users-proxy') ? phoneLines(demo) : []
  return [
    '',
    `Strowger is ready (${seconds.toFixed(1)} s): ${roles.join(', ')}.`,
    '',
    ...rows,
    ...phones,
    '',
    'Ctrl-C stops it when the calls have ended; a second one ends them.',
    '',
    '',
  ].join('\n')
}

/** `udp 127.0.0.1:5060, tcp 127.0.0.1:5060, …` */
function portsOf(address: string, ports: Readonly<Record<string, unknown>>): string {
  return TRANSPORTS.flatMap(name => {
    const port = ports[name]
    return typeof port === 'number' && port > 0 ? [`${name} ${at(address, port)}`] : []
  }).join(', ')
}

const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const

function phoneLines({ domain, sip, users, services }: DemoFile): readonly string[] {
  const settings = users.map(({ username, password, extension }) => `  ${username.padEnd(10)}password ${password}   extension ${extension}`)
  return [
    '',
    `A softphone's settings: domain ${domain}, proxy ${sip.udp} (udp or tcp${sip.tls === undefined ? '' : `; tls ${sip.tls}`}), and one of these users:`,
    '',
    ...settings,
    '',
    `Dial ${users.map(user => user.extension).join(', ')}, ${services.echo} to hear yourself, or any number such as +34600000000.`,
    'Without a phone at hand, in another terminal:  npx strowger demo',
  ]
}
