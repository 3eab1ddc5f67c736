/** What of an answer's formats its offerer is told: those that were offered. RFC 3264 §6.1, §8.3.2. */
import { parseSdp, type SdpMedia } from '@strowger/sdp'
import { describe, expect, test } from 'vitest'
import { agreedFormats, toldFormats } from '../src/ng/codecs.ts'

function media(kind: string, formats: string, ...rtpmaps: string[]): SdpMedia {
  const lines = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', `m=${kind} 4000 RTP/AVP ${formats}`]
  return parseSdp([...lines, ...rtpmaps.map(one => `a=rtpmap:${one}`), ''].join('\r\n'))!.media[0]!
}

const agreed = (offer: SdpMedia, answer: SdpMedia): string =>
  agreedFormats(answer, answer.formats, toldFormats(offer, offer.formats)).join(' ')
const OFFER = media('audio', '8 96 101', '96 opus/48000/2', '101 telephone-event/8000')

describe('of an answer', () => {
  test.each([
    ['what was offered stays, in the order of the answer', OFFER, media('audio', '96 8', '96 OPUS/48000/2'), '96 8'],
    ['what was not offered goes (RFC 3264 §6.1)', OFFER, media('audio', '8 0 101', '101 telephone-event/8000'), '8 101'],
    ['a number that stands for another codec goes (RFC 3264 §8.3.2)', OFFER, media('audio', '8 96', '96 speex/16000'), '8'],
    [
      'a number that stands for another codec stays in video',
      media('video', '96', '96 VP8/90000'),
      media('video', '96', '96 H264/90000'),
      '96',
    ],
    ['a number without a name stays', OFFER, media('audio', '8 96'), '8 96'],
    ['one channel is the same as none said', media('audio', '97', '97 AMR/8000'), media('audio', '97', '97 AMR/8000/1'), '97'],
    ['all stays where no codec would be left (RFC 3264 §6.1)', OFFER, media('audio', '0 101', '101 telephone-event/8000'), '0 101'],
    ['all stays where nothing was offered', media('audio', '8'), media('audio', '0'), '0'],
  ])('%s', (_, offer, answer, left) => {
    expect(agreed(offer, answer)).toBe(left)
  })
})
