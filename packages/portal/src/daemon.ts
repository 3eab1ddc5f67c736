/** `GET /healthz` and `GET /metrics` of the whole platform, gathered from the roles' unix sockets at each request. */
import { adminPath, askAdmin, askHealth, type Config, type RoleContext, type Running, rolesOf } from '@strowger/runtime'
import { fastify } from 'fastify'
import { mergeExpositions } from './exposition.ts'
import { platformHealth } from './health.ts'

export interface Portal extends Running {
  /** `http://127.0.0.1:8080`, with the port that was given when the configuration says 0. */
  readonly url: string
}

/** Listens on `portal.address:portal.http`. @throws the system's error when it cannot. */
export async function startPortal(config: Config, context: RoleContext): Promise<Portal> {
  const roles = rolesOf(config)
  const requests = context.metrics.counter('strowger_http_requests_total', 'Requests to the portal.', ['status'])
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.addHook('onResponse', async (_request, reply) => requests.inc({ status: reply.statusCode }))
  server.get('/healthz', async (_request, reply) => {
    const health = platformHealth(await fromEach(roles, role => askHealth(config.data, role)))
    return reply.code(health.state === 'ready' ? 200 : 503).send(health)
  })
  server.get('/metrics', async (_request, reply) => {
    const texts = await fromEach(roles, role => askAdmin(adminPath(config.data, role), '/metrics').catch(() => undefined))
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(mergeExpositions(texts))
  })
  const url = await server.listen({ host: config.portal.address, port: config.portal.http })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= server.close()
    return closing
  }
  return { url, drain: close, stop: close, health: () => ({ url }) }
}

async function fromEach<T>(roles: readonly string[], ask: (role: string) => Promise<T>): Promise<Map<string, T>> {
  return new Map(await Promise.all(roles.map(async role => [role, await ask(role)] as const)))
}
