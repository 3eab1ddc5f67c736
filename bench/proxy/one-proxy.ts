/**
 * The proxy in one thread. Run: `node one-proxy.ts 127.0.0.1:5060 127.0.0.1:5070 [SHARE_WAKE_UPS_US [tcp|tls|ws [CERT KEY]]]` (own address, next
 * hop). With a transport it takes calls by that too, on the same port; what goes on goes by UDP, and so do requests of the callee.
 */
import { readFileSync } from 'node:fs'
import type { ListenAddress } from '@strowger/sip-transport'
import { addressIn, openProxy } from './record-routing-proxy.ts'

const TRANSPORTS: Readonly<Record<string, ListenAddress['transport']>> = { tcp: 'TCP', tls: 'TLS', ws: 'WS' }

const [listen, nextHop, shareWakeUpsUs, transport = '', cert, key] = process.argv.slice(2)
const endpoint = await openProxy({
  listen: addressIn(listen),
  nextHop: addressIn(nextHop),
  shareWakeUpsUs: Number(shareWakeUpsUs ?? 0),
  transport: TRANSPORTS[transport],
  tls: cert === undefined || key === undefined ? undefined : { cert: readFileSync(cert), key: readFileSync(key) },
})
process.once('SIGTERM', () => void endpoint.close())
