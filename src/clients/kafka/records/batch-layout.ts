/**
 * A record batch as brokers keep and send it (message format 2, Kafka 0.11 and later), integers big-endian:
 *
 *      0  int64  base offset               offset of record i = base offset + its offset delta
 *      8  int32  length                    of what follows this field
 *     12  int32  partition leader epoch    not under the checksum: the broker sets it
 *     16  int8   magic = 2
 *     17  uint32 CRC-32C                   of bytes 21 to the end
 *     21  int16  attributes                bits 0-2 codec, 3 log-append time, 4 transactional, 5 control
 *     23  int32  last offset delta         compaction keeps it when it removes the last records
 *     27  int64  base timestamp            timestamp of record i = base timestamp + its timestamp delta
 *     35  int64  max timestamp             of every record, where bit 3 is set
 *     43  int64  producer id               -1 without one
 *     51  int16  producer epoch
 *     53  int32  base sequence
 *     57  int32  number of records
 *     61         records, compressed as one piece where the codec is not 0
 *
 * A record: varint length of what follows; int8 attributes, unused; varlong timestamp delta; varint offset delta; varint
 * length of the key, -1 is null, and the key; the same for the value; varint number of headers, and for each the varint
 * length of its name, the name, the varint length of its value, -1 is null, and the value. Varints are zigzag.
 */
export const batchLayout = Object.freeze({
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
})

/** Bytes before those that the length field counts. */
export const lengthPrefix = 12

export const codecMask = 0x07
export const logAppendTimeBit = 0x08
export const transactionalBit = 0x10
export const controlBit = 0x20

/** Offsets and times are float64 here; a log of a million records a second gets there in 285 years. */
export const maxExactOffset: number = Number.MAX_SAFE_INTEGER
