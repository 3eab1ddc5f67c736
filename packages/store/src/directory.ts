/** The configuration as calls ask for it: every question is a look into memory, and none of them waits. */
import type { DialView, NumberingPlan, OutgoingRoute } from '@strowger/domain'
import type * as rows from './rows.ts'
import type { TableName, Tables } from './rows.ts'
import { type RowIndex, TableView } from './table-view.ts'

type Views = { readonly [T in TableName]: TableView<Tables[T]> }

export class Directory {
  readonly #views: Views
  readonly #clientByDomain: RowIndex<rows.Client>
  readonly #terminalByAor: RowIndex<rows.Terminal>
  readonly #userByTerminal: RowIndex<rows.User>
  readonly #extensionByNumber: RowIndex<rows.Extension>
  readonly #ddiByE164: RowIndex<rows.Ddi>
  readonly #servicesByClient: RowIndex<rows.Service>
  readonly #serversByCarrier: RowIndex<rows.CarrierServer>
  readonly #providerByIp: RowIndex<rows.DdiProviderAddress>
  readonly #routingByBrand: RowIndex<rows.OutgoingRouting>

  constructor() {
    const views = emptyViews()
    this.#views = views
    this.#clientByDomain = views.client.index(client => client.domain)
    this.#terminalByAor = views.terminal.index(terminal => `${terminal.name}@${terminal.domain}`)
    this.#userByTerminal = views.user.index(user => user.terminalId)
    this.#extensionByNumber = views.extension.index(extension => `${extension.clientId}/${extension.number}`)
    this.#ddiByE164 = views.ddi.index(ddi => ddi.e164)
    this.#servicesByClient = views.service.index(service => service.clientId)
    this.#serversByCarrier = views.carrierServer.index(server => server.carrierId)
    this.#providerByIp = views.ddiProviderAddress.index(address => address.ip)
    this.#routingByBrand = views.outgoingRouting.index(routing => routing.brandId)
  }

  /** A row by its id; an id that is null finds nothing. */
  row<T extends TableName>(table: T, id: number | null | undefined): Tables[T] | undefined {
    return this.view(table).get(id)
  }

  view<T extends TableName>(table: T): TableView<Tables[T]> {
    return this.#views[table] as unknown as TableView<Tables[T]>
  }

  /** Domains are compared without case. RFC 3261 §19.1.4 */
  clientOf(domain: string): rows.Client | undefined {
    return this.#clientByDomain.first(domain.toLowerCase())
  }

  /** By the user name as written and the domain without case. RFC 3261 §19.1.4 */
  terminalOf(username: string, domain: string): rows.Terminal | undefined {
    return this.#terminalByAor.first(`${username}@${domain.toLowerCase()}`)
  }

  userOf(terminal: rows.Terminal): rows.User | undefined {
    return this.#userByTerminal.first(terminal.id)
  }

  extension(clientId: number, number: string): rows.Extension | undefined {
    return this.#extensionByNumber.first(`${clientId}/${number}`)
  }

  /** The extension that is shown when the user calls. */
  extensionOf(user: rows.User): rows.Extension | undefined {
    return this.row('extension', user.extensionId)
  }

  /** `username@domain` of the user's phone. */
  aorOf(user: rows.User): string | undefined {
    const terminal = this.row('terminal', user.terminalId)
    return terminal && `${terminal.name}@${terminal.domain}`
  }

  ddi(e164: string): rows.Ddi | undefined {
    return this.#ddiByE164.first(e164)
  }

  /** What the user presents outside: the user's own number, else the client's. */
  outgoingDdiOf(user: rows.User): rows.Ddi | undefined {
    return this.row('ddi', user.outgoingDdiId ?? this.row('client', user.clientId)?.outgoingDdiId)
  }

  servicesOf(clientId: number): readonly rows.Service[] {
    return this.#servicesByClient.all(clientId)
  }

  planOf(client: rows.Client): NumberingPlan | undefined {
    return this.row('transformationRuleSet', client.transformationRuleSetId)
  }

  /** What `classify` asks for. */
  dialView(client: rows.Client): DialView<rows.Service, rows.Extension> {
    const plan = this.planOf(client)
    return {
      services: this.servicesOf(client.id),
      extension: number => this.extension(client.id, number),
      ...(plan === undefined ? {} : { plan }),
    }
  }

  /** What `chooseCarriers` asks for. */
  outgoingRoutes(brandId: number): readonly OutgoingRoute[] {
    return this.#routingByBrand.all(brandId).map(routing => ({
      ...routing,
      prefix: this.row('routingPattern', routing.routingPatternId)?.prefix ?? '',
    }))
  }

  serversOf(carrierId: number): readonly rows.CarrierServer[] {
    return this.#serversByCarrier.all(carrierId)
  }

  /** Providers that send from this source address; a row without a port fits every port. */
  providersAt(ip: string, port: number): readonly rows.DdiProvider[] {
    return this.#providerByIp
      .all(ip)
      .filter(address => address.port === null || address.port === port)
      .map(address => this.row('ddiProvider', address.ddiProviderId))
      .filter(provider => provider !== undefined)
  }
}

function emptyViews(): Views {
  return {
    brand: new TableView(),
    transformationRuleSet: new TableView(),
    client: new TableView(),
    terminal: new TableView(),
    user: new TableView(),
    extension: new TableView(),
    ddi: new TableView(),
    carrier: new TableView(),
    carrierServer: new TableView(),
    ddiProvider: new TableView(),
    ddiProviderAddress: new TableView(),
    routingPattern: new TableView(),
    outgoingRouting: new TableView(),
    service: new TableView(),
  }
}
