/** Three network namespaces: a public network with the platform and a phone, a masquerading router, and a phone behind it. Nothing leaves them. */
import { run } from './platform.ts'

export interface Internet {
  /** Command prefixes that run a program there. */
  readonly public: readonly string[]
  readonly hidden: readonly string[]
  readonly router: readonly string[]
  readonly platformAddress: string
  readonly publicPhone: string
  readonly hiddenPhone: string
  close(): Promise<void>
}

const PUBLIC = '10.77.0'
const HIDDEN = '10.78.0'

export interface InternetOptions {
  /** Most bytes of a packet on the hidden phone's network; longer ones are cut up, or the sender is told (RFC 1191). Default 1500. */
  readonly hiddenMtu?: number
  /** Most bytes of a packet that the router passes on to the hidden phone's network; of longer ones nobody is told. The hosts know nothing of it. RFC 2923 §2.1. */
  readonly blackHoleMtu?: number
}

/** Names carry the process id, so two runs do not meet. */
export async function openInternet({ hiddenMtu = 1500, blackHoleMtu }: InternetOptions = {}): Promise<Internet> {
  const [net, nat, home] = ['net', 'nat', 'home'].map(part => `sw${process.pid}${part}`) as [string, string, string]
  const [outer, uplink, inner, lan] = ['o', 'u', 'i', 'l'].map(part => `sw${process.pid % 100_000}${part}`) as [
    string,
    string,
    string,
    string,
  ]
  const close = async (): Promise<void> => {
    for (const name of [home, nat, net]) await run('ip', ['netns', 'del', name])
  }
  const commands = [
    ...[net, nat, home].flatMap(name => [`ip netns add ${name}`, `ip -n ${name} link set lo up`]),
    `ip link add ${outer} netns ${net} type veth peer name ${uplink} netns ${nat}`,
    `ip link add ${inner} netns ${nat} type veth peer name ${lan} netns ${home}`,
    ...[`${net} link set ${outer}`, `${nat} link set ${uplink}`, `${nat} link set ${inner}`, `${home} link set ${lan}`].map(
      link => `ip -n ${link} up`,
    ),
    `ip -n ${nat} link set ${inner} mtu ${blackHoleMtu ?? hiddenMtu}`,
    `ip -n ${home} link set ${lan} mtu ${hiddenMtu}`,
    ...[1, 10, 31].map(host => `ip -n ${net} addr add ${PUBLIC}.${host}/24 dev ${outer}`),
    `ip -n ${nat} addr add ${PUBLIC}.200/24 dev ${uplink}`,
    `ip -n ${nat} addr add ${HIDDEN}.1/24 dev ${inner}`,
    `ip -n ${home} addr add ${HIDDEN}.41/24 dev ${lan}`,
    `ip -n ${home} route add default via ${HIDDEN}.1`,
    `ip netns exec ${nat} sysctl -qw net.ipv4.ip_forward=1`,
    `ip netns exec ${nat} iptables -t nat -A POSTROUTING -s ${HIDDEN}.0/24 -o ${uplink} -j MASQUERADE`,
    ...(blackHoleMtu === undefined ? [] : [`ip netns exec ${nat} iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP`]),
  ]
  for (const command of commands) {
    const [program, ...args] = command.split(' ')
    const { code, complaint } = await run(program as string, args)
    if (code === 0) continue
    await close()
    throw new Error(`${command}: ${complaint}`)
  }
  const inside = (name: string): readonly string[] => ['ip', 'netns', 'exec', name]
  return {
    public: inside(net),
    hidden: inside(home),
    router: inside(nat),
    platformAddress: `${PUBLIC}.10`,
    publicPhone: `${PUBLIC}.31`,
    hiddenPhone: `${HIDDEN}.41`,
    close,
  }
}
