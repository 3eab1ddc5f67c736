/** Programs that nobody here wrote: without one its tests are skipped by name, with CI=true they fail. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Peer = 'sipp' | 'baresip' | 'rtpengine' | 'sox' | 'ip' | 'iptables'

const PACKAGES: Readonly<Record<Peer, string>> = {
  sipp: 'sip-tester',
  baresip: 'baresip-core',
  rtpengine: 'rtpengine-daemon',
  sox: 'sox',
  ip: 'iproute2',
  iptables: 'iptables',
}
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
const strict = ['1', 'true'].includes(process.env.CI ?? '')

/** What a `describe` of tests with these peers is called, and whether it is left out. */
export function needing(title: string, ...peers: Peer[]): { readonly title: string; readonly skip: boolean } {
  const missing = peers.filter(peer => !FOLDERS.some(folder => existsSync(join(folder, peer))))
  if (missing.length === 0) return { title, skip: false }
  const names = missing.map(peer => `${peer} (Debian package ${PACKAGES[peer]})`).join(' and ')
  return { title: `${title}, without ${names}`, skip: !strict }
}
