/** The tenant of a fresh installation: three phones, an echo, a number and a carrier, with passwords of its own. */
import type { TableWriter } from './backend.ts'
import { digestHashes, generatePassword } from './password.ts'

export interface DemoOptions {
  /** Where the demo carrier listens, UDP. */
  readonly carrier: { readonly address: string; readonly port: number }
}

/** What the owner of the installation is told, once. */
export interface DemoTenant {
  readonly domain: string
  readonly users: readonly DemoUser[]
  readonly services: { readonly echo: string }
  readonly ddi: string
}

export interface DemoUser {
  readonly name: string
  readonly extension: string
  readonly username: string
  readonly password: string
}

const DOMAIN = 'demo.localhost'
const DDI = '+34910000001'
const USERS = [
  { name: 'alice', extension: '101' },
  { name: 'bob', extension: '102' },
  { name: 'carol', extension: '103' },
] as const

/** Nothing and `undefined` where any brand exists. */
export async function seedDemo(tables: TableWriter, options: DemoOptions): Promise<DemoTenant | undefined> {
  if ((await tables.find('brand', {})).length > 0) return undefined
  const { brandId, clientId } = await seedClient(tables)
  const users: DemoUser[] = []
  const userIds: number[] = []
  for (const { name, extension } of USERS) {
    const password = generatePassword()
    userIds.push(await addUser(tables, { clientId, domain: DOMAIN, name, username: name, extension, password }))
    users.push({ name, extension, username: name, password })
  }
  await seedTrunks(tables, { brandId, clientId, userId: userIds[0]!, ...options })
  return { domain: DOMAIN, users, services: { echo: '*43' }, ddi: DDI }
}

/** A terminal, its user, and the extension that rings it. Resolves to the user's id. */
export async function addUser(
  tables: TableWriter,
  { clientId, domain, name, username, extension, password }: DemoUser & { readonly clientId: number; readonly domain: string },
): Promise<number> {
  const terminalId = await tables.insert('terminal', { clientId, name: username, domain, ...digestHashes(username, domain, password) })
  const userId = await tables.insert('user', { clientId, name, terminalId, extensionId: null, outgoingDdiId: null })
  const extensionId = await tables.insert('extension', { clientId, number: extension, routeType: 'user', userId, numberValue: null })
  await tables.update('user', userId, { extensionId })
  return userId
}

async function seedClient(tables: TableWriter): Promise<{ brandId: number; clientId: number }> {
  const brandId = await tables.insert('brand', { name: 'demo', domain: null })
  const transformationRuleSetId = await tables.insert('transformationRuleSet', {
    brandId,
    name: 'Spain',
    internationalCode: '00',
    countryCode: '34',
    trunkPrefix: '',
    areaCode: '',
    nationalLength: 9,
  })
  const clientId = await tables.insert('client', {
    brandId,
    type: 'vpbx',
    name: 'demo',
    domain: DOMAIN,
    transformationRuleSetId,
    outgoingDdiId: null,
    timeZone: 'Europe/Madrid',
  })
  await tables.insert('service', { clientId, name: 'echo', code: '43', takesArgument: false })
  return { brandId, clientId }
}

async function seedTrunks(
  tables: TableWriter,
  { brandId, clientId, userId, carrier }: DemoOptions & { brandId: number; clientId: number; userId: number },
): Promise<void> {
  const ddiProviderId = await tables.insert('ddiProvider', { brandId, name: 'demo', transformationRuleSetId: null })
  await tables.insert('ddiProviderAddress', { ddiProviderId, ip: carrier.address, port: null })
  const ddi = { brandId, clientId, e164: DDI, type: 'inout', routeType: 'user', userId, ddiProviderId, displayName: null } as const
  const outgoingDdiId = await tables.insert('ddi', ddi)
  await tables.update('client', clientId, { outgoingDdiId })
  const carrierId = await tables.insert('carrier', { brandId, name: 'demo', transformationRuleSetId: null })
  await tables.insert('carrierServer', { carrierId, address: carrier.address, port: carrier.port, transport: 'udp' })
  const everywhere = { clientId: null, routingPatternId: null, mode: 'static', priority: 1, weight: 1, stopper: false } as const
  await tables.insert('outgoingRouting', { brandId, carrierId, ...everywhere })
}
