/** Before any role starts: the schema is brought to this version, an empty store gets the demo tenant, and `demo.json` says how to register. */
import { type Config, loadKeys, type Role, rolesOf } from '@strowger/runtime'
import { generatePassword, openStore, type Store, type TableWriter } from '@strowger/store'
import { type DemoFile, type DemoTenant, demoFileOf, readDemoFile, writeDemoFile } from './demo-file.ts'

/** Undefined where no role here needs the data, or the demo tenant was removed. */
export async function prepareData(config: Config): Promise<DemoFile | undefined> {
  loadKeys(config.secret)
  if (!rolesOf(config).some(role => NEED_DATA.includes(role))) return undefined
  const store = await openStore(config)
  try {
    const tenant = await demoTenant(store, config)
    if (tenant === undefined) return undefined
    const file = demoFileOf(tenant, config)
    writeDemoFile(config.data, file)
    return file
  } finally {
    await store.close()
  }
}

const NEED_DATA: readonly Role[] = ['users-proxy', 'trunks-proxy', 'appserver', 'jobs', 'portal']
const DOMAIN = 'demo.localhost'
const SEEDED = ['alice', 'bob', 'carol']

async function demoTenant(store: Store, config: Config): Promise<DemoTenant | undefined> {
  const carrier = { address: config.carrier.address, port: config.carrier.udp }
  const seeded = await store.seedDemo({ carrier })
  if (seeded !== undefined) return { ...seeded, echo: seeded.services.echo }
  await store.write(tables => moveCarrier(tables, carrier))
  return knownTenant(store, readDemoFile(config.data))
}

/** The configuration says where the demo carrier listens; the tenant's trunk follows it. */
async function moveCarrier(tables: TableWriter, to: { readonly address: string; readonly port: number }): Promise<void> {
  const [carrier] = await tables.find('carrier', { name: 'demo' })
  const [server] = carrier === undefined ? [] : await tables.find('carrierServer', { carrierId: carrier.id })
  if (server !== undefined && (server.address !== to.address || server.port !== to.port))
    await tables.update('carrierServer', server.id, to)
  const [provider] = await tables.find('ddiProvider', { name: 'demo' })
  const [source] = provider === undefined ? [] : await tables.find('ddiProviderAddress', { ddiProviderId: provider.id })
  if (source !== undefined && source.ip !== to.address) await tables.update('ddiProviderAddress', source.id, { ip: to.address })
}

/** Users that `demo.json` knows keep their passwords. Without the file nobody knows them any more: they are made anew. */
async function knownTenant(store: Store, earlier: DemoFile | undefined): Promise<DemoTenant | undefined> {
  const { current } = await store.configuration()
  const client = current.clientOf(DOMAIN)
  if (client === undefined) return undefined
  const known = earlier?.users ?? SEEDED.map(username => ({ username, password: undefined }))
  const users = []
  for (const { username, password } of known) {
    const terminal = current.terminalOf(username, DOMAIN)
    const user = terminal && current.userOf(terminal)
    if (user === undefined) continue
    const extension = current.extensionOf(user)?.number ?? ''
    users.push({ name: user.name, extension, username, password: password ?? (await newPassword(store, username)) })
  }
  const echo = current.servicesOf(client.id).find(service => service.name === 'echo')
  const ddi = [...current.view('ddi').all()].find(number => number.clientId === client.id)
  return { domain: DOMAIN, users, echo: `*${echo?.code ?? ''}`, ddi: ddi?.e164 ?? '' }
}

async function newPassword(store: Store, username: string): Promise<string> {
  const password = generatePassword()
  await store.setPassword(username, DOMAIN, password)
  return password
}
