/** Each violation of an answer, and of a later description, is found with its clause. RFC 3264 §6, §8. */
import { describe, expect, test } from 'vitest'
import { checkAnswer, checkNext } from '../src/index.ts'

const head = (version = 1): string => `v=0\r\no=- 7 ${version} IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n`
const sdp = (...lines: string[]): string => head() + lines.map(line => `${line}\r\n`).join('')
const audio = 'm=audio 4000 RTP/AVP 8'

describe('checkAnswer', () => {
  test.each<[string, string, string, string, string]>([
    ['too few m-lines', 'RFC 3264 §6', sdp(audio, audio), sdp(audio), 'There are 1 m-lines, and 2 were offered'],
    ['too many m-lines', 'RFC 3264 §6', sdp(audio), sdp(audio, audio), 'There are 2 m-lines, and 1 were offered'],
    ['another kind', 'RFC 3264 §6', sdp(audio), sdp('m=video 4000 RTP/AVP 8'), 'The stream is video, and audio was offered'],
    ['another protocol', 'RFC 3264 §6', sdp(audio), sdp('m=audio 4000 RTP/AVPF 8'), 'The protocol is RTP/AVPF, and RTP/AVP was offered'],
    [
      'a stream that had ended',
      'RFC 3264 §8.2',
      sdp('m=audio 0 RTP/AVP 8'),
      sdp(audio),
      'A stream that was offered with port 0 is accepted',
    ],
    [
      'no format in common',
      'RFC 3264 §6.1',
      sdp(audio),
      sdp('m=audio 4000 RTP/AVP 0'),
      'No format of the offer is among those of the answer',
    ],
    [
      'no fax format in common',
      'RFC 3264 §6.1',
      sdp('m=image 4 udptl t38'),
      sdp('m=image 4 udptl t37'),
      'No format of the offer is among those of the answer',
    ],
    ['no format at all', 'RFC 8866 §5.14', sdp(audio), sdp('m=audio 0 RTP/AVP'), 'There is no format'],
    [
      'a dynamic number without rtpmap',
      'RFC 8866 §6.6',
      sdp('m=audio 4 RTP/AVP 8 101', 'a=rtpmap:101 telephone-event/8000'),
      sdp('m=audio 4 RTP/AVP 8 101'),
      'Payload type 101 has no rtpmap',
    ],
    [
      'sending against sendonly',
      'RFC 3264 §6.1',
      sdp(audio, 'a=sendonly'),
      sdp(audio),
      'The direction is sendrecv, and at most recvonly was offered',
    ],
    [
      'receiving against inactive',
      'RFC 3264 §6.1',
      sdp(audio, 'a=inactive'),
      sdp(audio, 'a=recvonly'),
      'The direction is recvonly, and at most inactive was offered',
    ],
    ['another t= line', 'RFC 3264 §6', sdp(audio), sdp(audio).replace('t=0 0', 't=1 2'), 'The t= line is not the one of the offer'],
    ['no o= line', 'RFC 8866 §5.2', sdp(audio), sdp(audio).replace(/o=.*\r\n/, ''), 'There is no o= line'],
    ['no c= line', 'RFC 8866 §5.7', sdp(audio), sdp(audio).replace(/c=.*\r\n/, ''), 'There is no c= line'],
    ['rtcp-mux unasked', 'RFC 5761 §5.1.1', sdp(audio), sdp(audio, 'a=rtcp-mux'), 'a=rtcp-mux was not offered'],
    [
      'no rtcp-mux where nothing else was offered',
      'RFC 8858 §4.3',
      sdp(audio, 'a=rtcp-mux', 'a=rtcp-mux-only'),
      sdp(audio),
      'a=rtcp-mux-only was offered, and a=rtcp-mux is not answered',
    ],
    [
      'another crypto tag',
      'RFC 4568 §5.1.2',
      sdp(audio, 'a=crypto:1 S inline:x'),
      sdp(audio, 'a=crypto:2 S inline:y'),
      'a=crypto has a tag and suite that were not offered',
    ],
    [
      'two crypto lines',
      'RFC 4568 §5.1.2',
      sdp(audio, 'a=crypto:1 S inline:x'),
      sdp(audio, 'a=crypto:1 S inline:y', 'a=crypto:1 S inline:y'),
      'There is more than one a=crypto line',
    ],
    [
      'no crypto line',
      'RFC 4568 §5.1.2',
      sdp('m=audio 4 RTP/SAVP 8', 'a=crypto:1 S inline:x'),
      sdp('m=audio 4 RTP/SAVP 8'),
      'There is no a=crypto line',
    ],
    [
      'no fingerprint',
      'RFC 5763 §5',
      sdp('m=audio 4 UDP/TLS/RTP/SAVP 8', 'a=setup:actpass'),
      sdp('m=audio 4 UDP/TLS/RTP/SAVP 8', 'a=setup:active'),
      'There is no a=fingerprint',
    ],
    [
      'actpass',
      'RFC 4145 §4.1',
      sdp('m=audio 4 UDP/TLS/RTP/SAVP 8', 'a=setup:actpass'),
      sdp('m=audio 4 UDP/TLS/RTP/SAVP 8', 'a=fingerprint:x', 'a=setup:actpass'),
      'a=setup is actpass, and actpass was offered',
    ],
    ['a group unasked', 'RFC 9143 §7.3', sdp(audio), sdp('a=group:BUNDLE 0', audio), 'A BUNDLE group was not offered'],
    [
      'a stranger in the group',
      'RFC 9143 §7.3',
      sdp('a=group:BUNDLE 0', audio),
      sdp('a=group:BUNDLE 1', audio),
      'The BUNDLE group names a stream that was not offered in it',
    ],
    [
      'silence suppression against no',
      'RFC 7261 §3',
      sdp('m=audio 4 RTP/AVP 18', 'a=fmtp:18 annexb=no'),
      sdp('m=audio 4 RTP/AVP 18'),
      'G729 must say annexb=no, as the offer does',
    ],
    [
      'AMR packed otherwise',
      'RFC 4867 §8.3.1',
      sdp('m=audio 4 RTP/AVP 96', 'a=rtpmap:96 AMR/8000', 'a=fmtp:96 octet-align=1'),
      sdp('m=audio 4 RTP/AVP 96', 'a=rtpmap:96 AMR/8000', 'a=fmtp:96 octet-align=0'),
      'AMR is packed otherwise than offered',
    ],
    ['no SDP', 'RFC 8866 §5.1', sdp(audio), 'v=1', 'The description does not begin with v=0, line 1'],
  ])('finds %s (%s)', (_, clause, offer, answer, text) => {
    expect(checkAnswer(offer, answer)).toContainEqual(expect.objectContaining({ level: 'must', clause, text }))
  })

  test('advises against 0.0.0.0 and new numbers (RFC 3264 §6.1, §8.4)', () => {
    const offer = sdp('m=audio 4 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', 'a=sendonly')
    const answer = sdp('c=IN IP4 0.0.0.0', 'm=audio 4 RTP/AVP 97', 'a=rtpmap:97 opus/48000/2', 'a=recvonly').replace(
      'c=IN IP4 192.0.2.1\r\n',
      '',
    )
    expect(checkAnswer(offer, answer).map(({ level, clause }) => `${level} ${clause}`)).toEqual([
      'should RFC 3264 §8.4',
      'should RFC 3264 §6.1',
    ])
  })

  test("an offer that is no SDP is the caller's mistake", () => {
    expect(() => checkAnswer('x', sdp(audio))).toThrow(TypeError)
  })
})

describe('checkNext', () => {
  const before = sdp('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2')
  const after = (...lines: string[]): string => head(2) + lines.map(line => `${line}\r\n`).join('')

  test.each<[string, string, string, string]>([
    ['a change without a new version', 'RFC 3264 §8', `${before}a=sendonly\r\n`, 'The description changed, and its version did not'],
    ['a version that jumps', 'RFC 3264 §8', before.replace('7 1', '7 3'), 'The version went from 1 to 3, not up by one'],
    ['another session id', 'RFC 3264 §8', before.replace('7 1', '8 2'), 'The o= line differs in more than its version'],
    ['a version that is none', 'RFC 8866 §5.2', before.replace('7 1', '7 x'), 'The version is not a number'],
    ['no o= line', 'RFC 8866 §5.2', before.replace(/o=.*\r\n/, ''), 'There is no o= line'],
    ['an m-line that went', 'RFC 3264 §8', after(), 'There are 0 m-lines, and there were 1'],
    ['a live stream of another kind', 'RFC 3264 §8.3', after('m=image 4 udptl t38'), 'A live audio stream became image'],
    [
      'a number with another meaning',
      'RFC 3264 §8.3.2',
      after('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 iLBC/8000'),
      'Payload type 96 became iLBC',
    ],
    ['no SDP', 'RFC 8866 §5.1', '', 'The description does not begin with v=0, line 1'],
  ])('finds %s (%s)', (_, clause, next, text) => {
    expect(checkNext(before, next)).toContainEqual(expect.objectContaining({ level: 'must', clause, text }))
  })

  test('finds nothing in the same again, nor in a lawful change (RFC 3264 §8)', () => {
    expect([checkNext(before, before), checkNext(before, after('m=audio 0 RTP/AVP 96', audio))]).toEqual([[], []])
  })
})
