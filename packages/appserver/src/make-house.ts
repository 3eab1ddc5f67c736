/** The constants and keyed functions that calls may read, from the configuration, the keys and the directory. */

import { isEmergency } from '@strowger/domain'
import { type Config, type RoleContext, readLostMedia, readPlace, signContext, verifyContext } from '@strowger/runtime'
import type { Address } from '@strowger/sip-transaction'
import { nodeToken } from '@strowger/sip-transaction/node'
import { shardOf } from '@strowger/sip-transport'
import { nodeRandom } from '@strowger/sip-ua/node'
import type { Directory } from '@strowger/store'
import type { House, Overload } from './call/house.ts'
import { ProxyPlaces } from './call/proxy-places.ts'

export function makeHouse(config: Config, { epoch, keys }: RoleContext, own: Address, directory: Directory, overload: Overload): House {
  const { sip, appserver, listen, usersProxy, trunksProxy } = config
  return {
    own,
    proxies: new ProxyPlaces({ users: { address: listen, port: usersProxy.udp }, trunks: { address: listen, port: trunksProxy.udp } }),
    t1: sip.t1,
    t2: sip.t2,
    noAnswerMs: appserver.noAnswer * 1000,
    maxCallMs: appserver.maxCallSeconds * 1000,
    epoch,
    directory,
    overload,
    isEmergency: uri => isEmergency(uri, config.overload.emergency),
    token: nodeToken,
    random: nodeRandom,
    shardOf,
    sign: (context, binding, wall) => signContext(context, binding, keys, wall),
    lostMedia: value => readLostMedia(value, keys),
    place: (value, wall) => readPlace(value, keys, wall),
    verify: (header, binding, wall) => verifyContext(header, binding, keys, wall),
  }
}
