/** The words that SDP has for families of addresses. RFC 8866 §5.7. */
export function familyName(address: string): 'IP4' | 'IP6' {
  return address.includes(':') ? 'IP6' : 'IP4'
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4
}

export function connectionLine(address: string): string {
  return `c=IN ${familyName(address)} ${address}`
}
