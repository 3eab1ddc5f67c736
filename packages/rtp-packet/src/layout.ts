/**
 * Every fixed structure of RTP and RTCP as a table: field, offset, bits, as in the RFC's figure. What reads and writes RTCP follows these
 * tables, the views of RTP are tested against them, and the C++ header `native/rtp/layout.h` is made from them: one description for both.
 *
 * @packageDocumentation
 */
export { type Field, type Layout, readFields, writeFields } from './layout/fields.ts'
export { LAYOUTS } from './layout/layouts.ts'
