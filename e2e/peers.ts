/** Programs that nobody here wrote: without one its tests are skipped by name, with CI=true they fail. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Peer =
  | 'sipp'
  | 'baresip'
  | 'kamailio'
  | 'kamailio-presence'
  | 'kamailio-tls'
  | 'linphonec'
  | 'chromium'
  | 'openssl'
  | 'rtpengine'
  | 'dnsmasq'
  | 'promtool'
  | 'sox'
  | 'ip'
  | 'iptables'

const PACKAGES: Readonly<Record<Peer, string>> = {
  sipp: 'sip-tester',
  baresip: 'baresip-core',
  rtpengine: 'rtpengine-daemon',
  kamailio: 'kamailio',
  'kamailio-presence': 'kamailio-presence-modules',
  'kamailio-tls': 'kamailio-tls-modules',
  linphonec: 'linphone-cli',
  chromium: 'chromium',
  openssl: 'openssl',
  dnsmasq: 'dnsmasq-base',
  promtool: 'prometheus',
  sox: 'sox',
  ip: 'iproute2',
  iptables: 'iptables',
}
/** No program of their own, but files below a folder of `/usr/lib`, whatever the machine is. */
const MODULES: Readonly<Partial<Record<Peer, string>>> = {
  'kamailio-presence': 'kamailio/modules/presence.so',
  'kamailio-tls': 'kamailio/modules/tls.so',
}
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
const strict = ['1', 'true'].includes(process.env.CI ?? '')

/** What a `describe` of tests with these peers is called, and whether it is left out. */
export function needing(title: string, ...peers: Peer[]): { readonly title: string; readonly skip: boolean } {
  const missing = peers.filter(peer => !isHere(peer))
  if (missing.length === 0) return { title, skip: false }
  const names = missing.map(peer => `${peer} (Debian package ${PACKAGES[peer]})`).join(' and ')
  return { title: `${title}, without ${names}`, skip: !strict }
}

function isHere(peer: Peer): boolean {
  const file = MODULES[peer]
  if (file !== undefined) return readdirSync('/usr/lib').some(folder => existsSync(join('/usr/lib', folder, file)))
  return FOLDERS.some(folder => existsSync(join(folder, peer)))
}
