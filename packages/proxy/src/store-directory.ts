/** The proxies' directory over the store's live configuration: every question is a look into memory. */
import { chooseCarriers } from '@strowger/domain'
import type { CarrierServer, Directory as Tables, Terminal } from '@strowger/store'
import type { Credentials, Target } from './core/step.ts'
import type { Directory } from './directory.ts'

export function storeDirectory(tables: Tables): Directory {
  return {
    credentials: (username, domain) => credentials(tables, tables.terminalOf(username, domain)),
    domainOf: (host, ownAddresses) => domainOf(tables, host, ownAddresses),
    providerAt: (address, port) => {
      const provider = tables.providersAt(address, port)[0]
      return provider && { brand: provider.brandId }
    },
    carriersFor: (brand, client, number) => {
      const choice = chooseCarriers(number, client, tables.outgoingRoutes(brand))
      if (choice.kind === 'blocked') return 'blocked'
      if (choice.kind === 'none') return []
      return choice.routes
        .flatMap(route => (route.carrierId === null ? [] : tables.serversOf(route.carrierId)))
        .map(server => carrierTarget(server, number))
    },
  }
}

function credentials(tables: Tables, terminal: Terminal | undefined): Credentials | 'unknown' {
  const client = terminal && tables.row('client', terminal.clientId)
  if (terminal === undefined || client === undefined) return 'unknown'
  const user = tables.userOf(terminal)
  const extension = user && tables.extensionOf(user)?.number
  return {
    identity: {
      brand: client.brandId,
      client: client.id,
      aor: `${terminal.name}@${terminal.domain}`,
      ...(user ? { user: user.id } : {}),
      ...(extension !== undefined ? { extension } : {}),
    },
    realm: terminal.domain,
    ha1: { MD5: terminal.ha1Md5, 'SHA-256': terminal.ha1Sha256 },
  }
}

/** A softphone that was given only our address means the one domain there is; where there are several it has to say which. */
function domainOf(tables: Tables, host: string, ownAddresses: readonly string[]): string {
  if (tables.clientOf(host) !== undefined || !ownAddresses.includes(host)) return host
  const domains = new Set<string>()
  for (const client of tables.view('client').all()) if (client.domain !== null) domains.add(client.domain)
  const [only, ...more] = domains
  return only !== undefined && more.length === 0 ? only : host
}

/** Without a port (0) the domain's records say where: which server, and over UDP, the default, by which transport. RFC 3263 §4. */
function carrierTarget(server: CarrierServer, number: string): Target {
  const transport = server.transport.toUpperCase() as 'UDP' | 'TCP' | 'TLS'
  const port = server.port === 0 ? '' : `:${server.port}`
  return {
    uri: `sip:${number}@${server.address}${port}${transport === 'UDP' ? '' : `;transport=${server.transport}`}`,
    flow: { transport, address: server.address, port: server.port },
    side: 'outside',
  }
}
