/**
 * What every daemon shares: configuration, log, counters, the spool of facts, signed context and tokens, and a role's life from start to drain.
 *
 * @packageDocumentation
 */
export {
  type Admin,
  type AdminAnswers,
  type AdminPage,
  type AdminQuestion,
  adminPath,
  askAdmin,
  askHealth,
  type RoleHealth,
  type RoleState,
  serveAdmin,
} from './admin.ts'
export { CONTEXT_HEADER, type Context, type ContextBinding, claimedCall, signContext, verifyContext } from './call-context.ts'
export { callId, isCallId } from './call-id.ts'
export { CertificateExpiry, type ExpiryNews } from './certificate-expiry.ts'
export { type CertificatePair, loadCertificate, type TlsFiles, watchCertificate } from './certificates.ts'
export { monotonic, wall } from './clock.ts'
export { ConfigError, type ConfigProblem, problemText } from './config/config-error.ts'
export { type Config, configSchema, type Endpoint, ROLES, type Role, rolesOf } from './config/schema.ts'
export { configFrom, loadConfig } from './config.ts'
export { type RoleMessage, type Running, type RunOptions, run, type StartRole, type SupervisorMessage } from './daemon.ts'
export { type Direction, type Fact, type FactBody, type FactInput, FactSpool, type Facts, type Tenant } from './facts.ts'
export { type Logger, log } from './log.ts'
export { LOST_MEDIA_HEADER, MOST_LOST_CALLS, readLostMedia, signLostMedia } from './lost-media.ts'
export {
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type LabelledCount,
  type LabelledHistogram,
  type Metrics,
} from './metrics.ts'
export { PLACE_HEADER, type ProxyPlace, readPlace, signPlace } from './proxy-place.ts'
export { createRoleContext, type RoleContext, type RoleContextOptions } from './role-context.ts'
export { type Key, type Keys, keyText, loadKeys, newKey, parseKeys } from './secret.ts'
export { startFailure } from './start-failure.ts'
export { QuestionPort } from './threads/question-port.ts'
export { RoleThread, type RoleThreadOptions, type ThreadEnd } from './threads/role-thread.ts'
export { runThread, type StartThread, type ThreadData } from './threads/run-thread.ts'
export { SummedMetrics } from './threads/sum-metrics.ts'
export { signToken, verifyToken } from './token.ts'
export { V8_FLAGS } from './v8-flags.ts'
