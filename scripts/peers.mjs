/** Real peers of the end-to-end tests: which program comes with which Debian package, which are here, and how the others get here. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { execute, step } from './step.mjs'

const PACKAGES = {
  sipp: 'sip-tester',
  baresip: 'baresip-core',
  rtpengine: 'rtpengine-daemon',
  kamailio: 'kamailio',
  'kamailio-presence': 'kamailio-presence-modules',
  'kamailio-tls': 'kamailio-tls-modules',
  'kamailio-websocket': 'kamailio-websocket-modules',
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
const MODULES = {
  'kamailio-presence': 'kamailio/modules/presence.so',
  'kamailio-tls': 'kamailio/modules/tls.so',
  'kamailio-websocket': 'kamailio/modules/websocket.so',
}
/** What only benchmarks are measured against, by a file of theirs. */
const LIBRARIES = {
  cc: { from: 'build-essential', file: '/usr/bin/cc' },
  'openssl-headers': { from: 'libssl-dev', file: '/usr/include/openssl/ssl.h' },
  libosip2: { from: 'libosip2-dev', file: '/usr/include/osipparser2/osip_parser.h' },
  'sofia-sip': { from: 'libsofia-sip-ua-dev', file: '/usr/include/sofia-sip-1.12/sofia-sip/sip.h' },
}
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']

/** Installs what is missing where it may. @returns names of the programs that are still not here */
export async function ensurePeers(programs = Object.keys(PACKAGES)) {
  const missing = missingOf(programs)
  if (missing.length > 0 && process.getuid?.() === 0 && isHere('apt-get')) await install(missing)
  return missingOf(programs)
}

export function packageOf(program) {
  return PACKAGES[program] ?? LIBRARIES[program].from
}

function missingOf(programs) {
  return programs.filter(program => !isHere(program))
}

function isHere(program) {
  if (program in LIBRARIES) return existsSync(LIBRARIES[program].file)
  if (program in MODULES) return readdirSync('/usr/lib').some(folder => existsSync(join('/usr/lib', folder, MODULES[program])))
  return FOLDERS.some(folder => existsSync(join(folder, program)))
}

async function install(programs) {
  const packages = programs.map(packageOf)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  await step(`installing ${packages.join(', ')}`, async () => {
    await execute('apt-get', [...wait, 'update'], { quiet: true, env })
    const { code } = await execute('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { quiet: true, env })
    return code === 0 ? undefined : 'apt-get could not'
  })
}
