/** Why bytes are no RTP, or no RTCP: values, never exceptions. RFC 3550 §A.1, §A.2. */

/** What is wrong with a packet; `FAULTS` says what each means. */
export type Fault =
  | 'short'
  | 'version'
  | 'rtcp'
  | 'csrcs'
  | 'extension'
  | 'padding'
  | 'first-type'
  | 'first-padding'
  | 'type'
  | 'length'
  | 'content'

/** Each fault with its clause and a sentence. */
export const FAULTS: Readonly<Record<Fault, { readonly clause: string; readonly means: string }>> = {
  short: { clause: 'RFC 3550 §5.1', means: 'There are fewer bytes than a header has.' },
  version: { clause: 'RFC 3550 §5.1', means: 'The version is not 2.' },
  rtcp: { clause: 'RFC 3550 §A.1', means: 'Marker and payload type are those of a sender or receiver report.' },
  csrcs: { clause: 'RFC 3550 §5.1', means: 'The packet ends inside its list of contributing sources.' },
  extension: { clause: 'RFC 3550 §5.3.1', means: 'The packet ends inside its header extension.' },
  padding: {
    clause: 'RFC 3550 §5.1',
    means: 'The padding is no byte long, or longer than what it pads; in RTCP: no multiple of four, or not in the last packet.',
  },
  'first-type': { clause: 'RFC 3550 §6.1', means: 'A compound packet begins with something else than a report.' },
  'first-padding': { clause: 'RFC 3550 §A.2', means: 'The first packet of several has padding.' },
  type: { clause: 'RFC 5761 §4', means: 'A packet type that no RTCP has: below 192 or above 223.' },
  length: { clause: 'RFC 3550 §A.2', means: 'The lengths of the packets do not add up to that of the datagram.' },
  content: { clause: 'RFC 3550 §6', means: 'A packet is shorter than its counts say, or has what its type must not have.' },
}
