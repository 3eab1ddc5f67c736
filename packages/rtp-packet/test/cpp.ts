/** C++ made from this package's tables and vectors: `native/rtp/layout.h` and what `native/test/rtp_test.cpp` is held to. RFC 3550 §5, §6. */
import type { Vector } from '@strowger/testkit'
import { type RtcpRules, RtcpView, RtpView } from '../src/index.ts'
import { LAYOUTS, type Layout, readFields } from '../src/layout.ts'
import { hex } from './plain.ts'

const MADE = 'made by `npx vitest run packages/rtp-packet/test/cpp.test.ts -u`; do not edit.'

/** A struct per layout, with a type per field. */
export function layoutHeader(): string {
  const structs = LAYOUTS.map(layout => [
    `// ${layout.clause}`,
    `struct ${layout.name} {`,
    `  static constexpr std::size_t bytes = ${layout.bytes};`,
    ...layout.fields.map(({ name, offset, bits, signed }) => `  using ${name} = Field<${offset}, ${bits}${signed ? ', true' : ''}>;`),
    '};',
    '',
  ])
  return [
    `// Every fixed structure of RTP and RTCP, from the tables in packages/rtp-packet/src/layout, ${MADE}`,
    '#pragma once',
    '#include "field.h"',
    '',
    'namespace rtp {',
    '',
    ...structs.flat(),
    '}  // namespace rtp',
    '',
  ].join('\n')
}

/** What TypeScript reads of the same bytes: fields of every structure, verdicts of every vector. Plain arrays: those compile fast. */
export function vectorHeader(rtp: readonly Vector[], rtcp: readonly Vector[], alone: readonly Vector[]): string {
  return [
    `// What TypeScript reads, for C++ to read the same: from packages/rtp-packet/test, ${MADE}`,
    '#pragma once',
    '#include <cstddef>',
    '#include <cstdint>',
    '',
    '#include "rtp/layout.h"',
    '',
    '// Bytes are hex, and so are the packet types of a datagram.',
    'struct RtpVector { const char *title, *bytes, *fault; size_t payloadOffset, payloadBytes, paddingBytes; };',
    'struct RtcpVector { const char *title, *bytes, *fault; bool alone; const char* types; };',
    'struct FieldVector { const char *name, *bytes; int64_t value; int64_t (*get)(const uint8_t*); void (*set)(uint8_t*, int64_t); };',
    '',
    'template <class Field>',
    'constexpr FieldVector field(const char* name, const char* bytes, int64_t value) {',
    '  return {name, bytes, value, [](const uint8_t* at) -> int64_t { return Field::get(at); },',
    '          [](uint8_t* at, int64_t wanted) { Field::set(at, static_cast<typename Field::Value>(wanted)); }};',
    '}',
    '',
    'constexpr RtpVector RTP_VECTORS[] = {',
    ...rtp.map(rtpRow),
    '};',
    '',
    'constexpr RtcpVector RTCP_VECTORS[] = {',
    ...rtcp.map(vector => rtcpRow(vector, 'compound')),
    ...alone.map(vector => rtcpRow(vector, 'reduced-size')),
    '};',
    '',
    'constexpr FieldVector FIELD_VECTORS[] = {',
    ...LAYOUTS.flatMap(fieldRows),
    '};',
    '',
  ].join('\n')
}

function rtpRow({ title, bytes }: Vector): string {
  const view = new RtpView()
  const fault = view.pointAt(bytes) ?? ''
  const sizes = fault === '' ? [view.payloadOffset, view.payloadBytes, view.paddingBytes] : [0, 0, 0]
  return `  {${JSON.stringify(title)}, "${hex(bytes)}", ${JSON.stringify(fault)}, ${sizes.join(', ')}},`
}

function rtcpRow({ title, bytes }: Vector, rules: RtcpRules): string {
  const view = new RtcpView()
  const fault = view.pointAt(bytes, 0, bytes.length, rules) ?? ''
  const types = fault === '' ? [view.type] : []
  while (fault === '' && view.next()) types.push(view.type)
  return `  {${JSON.stringify(title)}, "${hex(bytes)}", ${JSON.stringify(fault)}, ${rules === 'reduced-size'}, "${hex(Uint8Array.from(types))}"},`
}

/** Twice: bits that differ from byte to byte, and their complement. */
function fieldRows(layout: Layout<Readonly<Record<string, number>>>): string[] {
  const bytes = Uint8Array.from({ length: layout.bytes }, (_, index) => (index * 73 + 0xa5) & 0xff)
  return [bytes, bytes.map(byte => ~byte & 0xff)].flatMap(sample => {
    const values = readFields(layout, sample, 0)
    return layout.fields.map(
      ({ name }) => `  field<rtp::${layout.name}::${name}>("${layout.name}.${name}", "${hex(sample)}", ${values[name]}),`,
    )
  })
}
