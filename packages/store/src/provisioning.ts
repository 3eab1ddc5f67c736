/** The few changes that the command line makes. Each is one transaction, and in force everywhere within two seconds. */
import { isE164 } from '@strowger/domain'
import type { TableWriter } from './backend.ts'
import { addUser } from './demo-tenant.ts'
import { digestHashes, generatePassword } from './password.ts'
import type { Client, Terminal, User } from './rows.ts'
import { StoreError } from './store-error.ts'

export interface NewUser {
  readonly domain: string
  readonly username: string
  readonly extension: string
  /** Shown name; the username if absent. */
  readonly name?: string
  /** Made at random if absent. */
  readonly password?: string
}

/** Resolves to the password. Throws `unknown-client`, or `bad-value` where username or extension exist. */
export async function createUser(tables: TableWriter, user: NewUser): Promise<string> {
  const { username, extension, name = username, password = generatePassword() } = user
  const domain = user.domain.toLowerCase()
  const client = await clientAt(tables, domain)
  checkExtension(extension)
  if ((await tables.find('terminal', { name: username, domain })).length > 0) throw taken(`a terminal ${username}@${domain}`)
  if ((await tables.find('extension', { clientId: client.id, number: extension })).length > 0) throw taken(`an extension ${extension}`)
  await addUser(tables, { clientId: client.id, domain, name, username, extension, password })
  return password
}

/** Throws `unknown-terminal`. */
export async function setPassword(tables: TableWriter, username: string, domain: string, password: string): Promise<void> {
  if (password === '') throw new StoreError('bad-value', 'an empty password protects nothing')
  const terminal = await terminalAt(tables, username, domain.toLowerCase())
  await tables.update('terminal', terminal.id, digestHashes(terminal.name, terminal.domain, password))
}

export interface ExtensionTarget {
  readonly domain: string
  readonly number: string
  /** The user whose phone rings: user name of the terminal. */
  readonly username: string
}

/** Makes the extension, or turns the one that is there to another user. A user without a shown extension gets this one. */
export async function setExtension(tables: TableWriter, { domain, number, username }: ExtensionTarget): Promise<void> {
  checkExtension(number)
  const user = await userAt(tables, username, domain.toLowerCase())
  const [known] = await tables.find('extension', { clientId: user.clientId, number })
  const target = { routeType: 'user', userId: user.id, numberValue: null } as const
  if (known) await tables.update('extension', known.id, target)
  const id = known?.id ?? (await tables.insert('extension', { clientId: user.clientId, number, ...target }))
  if (user.extensionId === null) await tables.update('user', user.id, { extensionId: id })
}

/** Users who showed this extension show none. Throws `unknown-extension`. */
export async function removeExtension(tables: TableWriter, domain: string, number: string): Promise<void> {
  const client = await clientAt(tables, domain.toLowerCase())
  const [extension] = await tables.find('extension', { clientId: client.id, number })
  if (!extension) throw new StoreError('unknown-extension', `${domain} has no extension ${number}`)
  for (const user of await tables.find('user', { extensionId: extension.id })) await tables.update('user', user.id, { extensionId: null })
  await tables.remove('extension', extension.id)
}

export interface DdiTarget {
  /** With `+`. */
  readonly e164: string
  readonly domain: string
  readonly username: string
}

/** Makes the number, or turns the one that is there to a user. */
export async function setDdi(tables: TableWriter, { e164, domain, username }: DdiTarget): Promise<void> {
  if (!isE164(e164)) throw new StoreError('bad-value', `${e164} is not an E.164 number: write + and 7 to 15 digits`)
  const user = await userAt(tables, username, domain.toLowerCase())
  const client = await clientAt(tables, domain.toLowerCase())
  const [known] = await tables.find('ddi', { e164 })
  if (known && known.brandId !== client.brandId) throw taken(`${e164} of another brand`)
  const target = { clientId: user.clientId, routeType: 'user', userId: user.id } as const
  if (known) await tables.update('ddi', known.id, target)
  else await tables.insert('ddi', { brandId: client.brandId, e164, type: 'inout', ddiProviderId: null, displayName: null, ...target })
}

/** Clients that presented this number present none. Throws `unknown-ddi`. */
export async function removeDdi(tables: TableWriter, e164: string): Promise<void> {
  const [ddi] = await tables.find('ddi', { e164 })
  if (!ddi) throw new StoreError('unknown-ddi', `there is no number ${e164}`)
  const presented = { outgoingDdiId: ddi.id }
  for (const client of await tables.find('client', presented)) await tables.update('client', client.id, { outgoingDdiId: null })
  for (const user of await tables.find('user', presented)) await tables.update('user', user.id, { outgoingDdiId: null })
  await tables.remove('ddi', ddi.id)
}

async function clientAt(tables: TableWriter, domain: string): Promise<Client> {
  const [client] = await tables.find('client', { domain })
  if (!client) throw new StoreError('unknown-client', `no client has the domain ${domain}`)
  return client
}

async function terminalAt(tables: TableWriter, name: string, domain: string): Promise<Terminal> {
  const [terminal] = await tables.find('terminal', { name, domain })
  if (!terminal) throw new StoreError('unknown-terminal', `there is no terminal ${name}@${domain}`)
  return terminal
}

async function userAt(tables: TableWriter, username: string, domain: string): Promise<User> {
  const terminal = await terminalAt(tables, username, domain)
  const [user] = await tables.find('user', { terminalId: terminal.id })
  if (!user) throw new StoreError('unknown-terminal', `nobody uses the terminal ${username}@${domain}`)
  return user
}

function checkExtension(number: string): void {
  if (!/^\d{2,15}$/.test(number)) throw new StoreError('bad-value', `${number} is not an extension: write 2 to 15 digits`)
}

function taken(what: string): StoreError {
  return new StoreError('bad-value', `there is already ${what}`)
}
