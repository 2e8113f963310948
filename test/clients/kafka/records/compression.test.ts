import { gzipSync } from 'node:zlib'
import snappy from 'snappyjs'
import lz4 from 'lz4-napi'
import { describe, expect, test } from 'vitest'
import { allowedBytes, type CodecName, codecNames, type Decompress, defaultDecompressionLimits } from '../../../../src/clients/kafka/compression/codec.ts'
import { loadCompressor, loadDecompressors } from '../../../../src/clients/kafka/compression/compressors.ts'
import { withNarrowWindows } from '../../../../src/clients/kafka/compression/zstd-frame.ts'
import { loadUnzstd, zstdCompressor } from '../../../../src/clients/kafka/compression/zstd.ts'
import { fetchedOf, type HandRecord, handBatch, readAll } from './hand-made.ts'

const records: readonly HandRecord[] = Array.from({ length: 60 }, (_, offset) => ({ offset, timestamp: 1000 + offset, key: `k${offset % 7}`, value: `{"user":"u${offset % 7}"}` }))

/** Bytes in the frame of the Java library: blocks of at most `size` bytes before compression. */
function xerial(bytes: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)]
  for (let at = 0; at < bytes.length; at += size) {
    const block = snappy.compress(bytes.slice(at, at + size))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** A zstd frame of stored blocks, which say exactly how much they hold. */
function zstdStored(bytes: Uint8Array): Uint8Array {
  const parts: number[] = [0x28, 0xb5, 0x2f, 0xfd, 0xa0]
  for (let i = 0; i < 4; i++) parts.push((bytes.length >> (8 * i)) & 255)
  const header = (bytes.length << 3) | 1
  return Uint8Array.from([...parts, header & 255, (header >> 8) & 255, (header >> 16) & 255, ...bytes])
}

const written: readonly (readonly [string, CodecName, (bytes: Uint8Array) => Uint8Array])[] = [
  ['gzip', 'gzip', bytes => gzipSync(bytes)],
  ['snappy, raw', 'snappy', bytes => snappy.compress(new Uint8Array(bytes))],
  ['snappy, one xerial block', 'snappy', bytes => xerial(bytes, 1 << 20)],
  ['snappy, several xerial blocks', 'snappy', bytes => xerial(bytes, 100)],
  ['lz4', 'lz4', bytes => lz4.compressFrameSync(Buffer.from(bytes))],
  ['lz4 with checksums', 'lz4', bytes => lz4.compressFrameSync(Buffer.from(bytes), { contentChecksum: true, blockChecksums: true })],
  ['zstd', 'zstd', zstdStored],
]

describe.each(written)('%s', (_title, name, compress) => {
  const codec = codecNames.indexOf(name)
  const batch = (more: readonly HandRecord[] = records): Uint8Array => handBatch({ records: more, codec, compress })
  const plainBytes = handBatch({ records }).length - 61

  test('is read', async () => {
    const { records: read } = await readAll(fetchedOf([batch(), handBatch({ records: [{ offset: 60, value: 'plain' }] })]))
    expect(read.map(r => [r.offset, r.timestamp, r.key, r.value])).toEqual([...records.map(r => [r.offset, r.timestamp, r.key, r.value]), [60, 0, null, 'plain']])
  })

  test('small batches come together, and what came stays as it was', async () => {
    const { openRecords } = await import('../../../../src/clients/kafka/records/record-reader.ts')
    const wide = (from: number): Uint8Array =>
      handBatch({ records: Array.from({ length: 10 }, (_, i) => ({ offset: from + i, value: String.fromCharCode(97 + ((from + i) % 26)).repeat(3000) })), codec, compress })
    const reader = await openRecords(fetchedOf(Array.from({ length: 20 }, (_, i) => wide(i * 10))), { from: 3n, to: 198n, isolation: 'read_committed' })
    const seen: { bytes: Uint8Array; ranges: (readonly [offset: number, start: number, end: number])[] }[] = []
    for (let block = reader.next(); block !== undefined; block = reader.next()) {
      const { bytes, count, offsets, valueStart, valueEnd } = block
      seen.push({ bytes, ranges: Array.from({ length: count }, (_, i) => [offsets[i], valueStart[i], valueEnd[i]] as const) })
    }
    // 256 KiB hold eight batches of 30,000 bytes.
    expect(seen.map(s => s.ranges.length)).toEqual([77, 80, 38])
    for (const { bytes, ranges } of seen) {
      for (const [offset, start, end] of ranges) expect(new TextDecoder().decode(bytes.subarray(start, end))).toBe(String.fromCharCode(97 + (offset % 26)).repeat(3000))
    }
  })

  test('may become as much as is allowed and no more', async () => {
    const read = (maxBytes: number): Promise<unknown> => readAll(fetchedOf([batch()]), { limits: { maxBytes, maxRatio: 1000, anyRatioBytes: 0 } })
    await expect(read(plainBytes + 1)).resolves.toMatchObject({ position: 60 })
    await expect(read(plainBytes)).resolves.toMatchObject({ position: 60 })
    await expect(read(plainBytes - 1)).rejects.toMatchObject({
      code: 'KAFKA_BATCH_TOO_LARGE',
      message: expect.stringContaining(`become more than the ${plainBytes - 1} bytes that are allowed`),
      context: { topic: 'payments', partition: 3, offset: 0, allowedBytes: plainBytes - 1 },
    })
  })

  test('every byte damaged, under a right checksum, gives records or a typed error', async () => {
    const whole = batch(records.slice(0, 12))
    const body = whole.slice(61)
    for (let at = 0; at < body.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = body.slice()
        damaged[at] ^= flip
        const outcome = await readAll(fetchedOf([handBatch({ records: records.slice(0, 12), codec, compress: () => damaged })])).then(
          () => 'read',
          (error: { readonly code?: string }) => error.code,
        )
        expect(['read', 'KAFKA_CORRUPT_RECORDS', 'KAFKA_BATCH_TOO_LARGE']).toContain(outcome)
      }
    }
  })

  test('data that is cut off is damage', async () => {
    const body = batch().slice(61)
    for (const cut of [0, 1, Math.floor(body.length / 2), body.length - 5]) {
      const read = readAll(fetchedOf([handBatch({ records, codec, compress: () => body.slice(0, cut) })]))
      await expect(read).rejects.toMatchObject({ code: 'KAFKA_CORRUPT_RECORDS' })
    }
  })

  test('a batch without records needs no data', async () => {
    expect(await readAll(fetchedOf([handBatch({ records: [], lastOffset: 4, codec })]))).toMatchObject({ records: [], position: 5 })
  })
})

describe('bombs', () => {
  const refused = async (name: CodecName, body: Uint8Array): Promise<void> => {
    expect(body.length).toBeLessThan(400_000)
    const batch = handBatch({ records: [{ offset: 0, value: '' }], codec: codecNames.indexOf(name), compress: () => body })
    await expect(readAll(fetchedOf([batch]))).rejects.toMatchObject({ code: 'KAFKA_BATCH_TOO_LARGE' })
  }
  const zeros = Buffer.alloc(68 * 1024 * 1024)

  test('gzip', async () => await refused('gzip', gzipSync(zeros, { level: 1 })))
  test('lz4', async () => await refused('lz4', lz4.compressFrameSync(zeros)))
  test('snappy that claims what it does not hold', async () => await refused('snappy', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07, 0)))
  test('a claim of snappy below the limit is not believed either', async () => {
    const batch = handBatch({ records: [{ offset: 0, value: '' }], codec: 2, compress: () => Uint8Array.of(0x80, 0x80, 0x80, 0x02, 0) })
    await expect(readAll(fetchedOf([batch]))).rejects.toMatchObject({ code: 'KAFKA_CORRUPT_RECORDS', message: expect.stringContaining('claims to hold') })
  })
  test('zstd by repeating one byte', async () => {
    const block = [0x02, 0x00, 0x10, 0]
    await refused('zstd', Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...Array.from({ length: 1000 }, () => block).flat(), 0x03, 0x00, 0x10, 0]))
  })
  test('zstd that claims its size', async () => await refused('zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x7f, 1, 0, 0)))
  test('a window of zstd that is not needed takes no memory', async () => {
    const unzstd = await loadUnzstd({})
    // 1.75 GiB, for one stored byte; a block needs 128 KiB.
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xa6, 9, 0, 0, 65)
    expect(unzstd(frame, 1)).toEqual(Uint8Array.of(65))
    expect([withNarrowWindows(frame)[5], frame[5]]).toEqual([7 << 3, 0xa6])
  })
  test('beyond the free size by the ratio', () => {
    const mib = 1024 * 1024
    expect([1000, 100_000, 500_000, mib].map(bytes => allowedBytes(bytes, defaultDecompressionLimits))).toEqual([8 * mib, 10_000_000, 50_000_000, 64 * mib])
  })
})

describe('zstd', () => {
  const lines = Array.from({ length: 60 }, (_, i) => `{"user":"u${i % 7}","amount":${i * 3}}\n`).join('')
  // Written by the zstd program 1.5: with the size in the header, and as a stream without it.
  const sized =
    'KLUv/WQuBY0FAFJLGxSgqcUPZpndpQAgbkQiu3urRb1PjUCzO+7vSE/d9JRrfnnliyM+ju687U622meXvY//ozprqzWl4l0l27FGijLR9pLpV6W6iXgestywkmoe1t0avhXSTBvTqd1AU8JRjOUohhOcWo5wECJZDhNdqBGgHt//DOClNRE8gvLG3wcAVZkpMzMzZaYlMPOX6cvsZfIyd5m6OvXuYbjRU9x7AM6U43kC4DJ6t1AcWDGwq1dwFLg='
  const streamed =
    'KLUv/QBYrQUAYooaGIApyQEa9Q+fBRlF6WBJU8pNUcPcVJAKAYUDISUku/7b45reaD7utCU3Ttw5b7N1ozZN2os/rQrJRiNO2EPSwq/STzwzl6DHUfndUUs4G0XcMzelZ1c4yDAQCIqCgYABMFQMwzAQOChGQnaoEWB7/zfAo0JxEB5x8AP9f///////94yYFsTZPSiaQ8E1EI9h4RYUTaHgEoiHMPg4sghhYo+F4YzFUh59a9uhUIV/3Ri0Kg=='

  test.each([['sized', sized], ['streamed', streamed]])('frames of its own program: %s', async (_title, base64) => {
    for (const unzstd of [await loadUnzstd(), await loadUnzstd({})]) expect(new TextDecoder().decode(unzstd(Buffer.from(base64, 'base64'), 4 * 1024 * 1024))).toBe(lines)
  })

  test('frames one after the other, and what is between them', async () => {
    const unzstd = await loadUnzstd({})
    const frames = Buffer.concat([Buffer.from(streamed, 'base64'), Buffer.from('502a4d1803000000616263', 'hex'), Buffer.from(sized, 'base64')])
    expect(new TextDecoder().decode(unzstd(frames, 4 * 1024 * 1024))).toBe(lines + lines)
  })

  test('of Node is used where Node has it', async () => {
    const sizes: number[] = []
    const node = {
      zstdCompressSync: (bytes: Uint8Array) => bytes.slice(1),
      zstdDecompressSync: (bytes: Uint8Array, { maxOutputLength }: { maxOutputLength: number }) => {
        sizes.push(maxOutputLength)
        return bytes.slice(2)
      },
    }
    expect((await loadUnzstd(node))(Uint8Array.of(1, 2, 3), 99)).toEqual(Uint8Array.of(3))
    expect(sizes).toEqual([99])
    expect(zstdCompressor(node)?.(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(2, 3))
    expect(zstdCompressor({})).toBeUndefined()
  })

  test('is written where Node has it, and otherwise the error says what to do', async () => {
    const compressor = await loadCompressor('zstd').catch((error: unknown) => error)
    if (zstdCompressor() === undefined) expect(compressor).toMatchObject({ code: 'KAFKA_CODEC_UNAVAILABLE', message: expect.stringContaining('Node 22.15') })
    else expect(compressor).toBeTypeOf('function')
  })
})

describe('packages', () => {
  const absent = async (name: string): Promise<unknown> => await Promise.reject(new Error(`Cannot find package '${name}'`))

  test.each([
    ['lz4', 'Reading Kafka batches with lz4 needs an optional package that is not installed. Run: npm install lz4-napi@2.10.0', () => loadDecompressors(['lz4'], absent)],
    ['lz4', 'Writing Kafka batches with lz4 needs an optional package that is not installed. Run: npm install lz4-napi@2.10.0', () => loadCompressor('lz4', absent)],
    ['snappy', 'Writing Kafka batches with snappy needs an optional package that is not installed. Run: npm install snappyjs@0.7.0', () => loadCompressor('snappy', absent)],
  ])('%s: %s', async (_codec, message, load) => {
    await expect(load()).rejects.toMatchObject({ code: 'KAFKA_PACKAGE_MISSING', message })
  })

  test('are loaded only for codecs that are met', async () => {
    const reading = readAllWith(absent, [handBatch({ records: [{ offset: 0, value: 'plain' }] }), handBatch({ records: [{ offset: 1, value: 'g' }], codec: 1, compress: bytes => gzipSync(bytes) })])
    await expect(reading).resolves.toBe(2)
    await expect(readAllWith(absent, [handBatch({ records: [{ offset: 0, value: 'l' }], codec: 3, compress: bytes => lz4.compressFrameSync(Buffer.from(bytes)) })])).rejects.toMatchObject({
      code: 'KAFKA_PACKAGE_MISSING',
    })
  })

  async function readAllWith(load: (name: string) => Promise<unknown>, batches: readonly Uint8Array[]): Promise<number> {
    const { openRecords } = await import('../../../../src/clients/kafka/records/record-reader.ts')
    const reader = await openRecords(fetchedOf(batches), { from: 0n, to: 100n, isolation: 'read_committed' }, load)
    let count = 0
    for (let block = reader.next(); block !== undefined; block = reader.next()) count += block.count
    return count
  }
})

test('a decoder that answers more than it may is not believed', async () => {
  const { RecordReader } = await import('../../../../src/clients/kafka/records/record-reader.ts')
  const generous: Decompress = () => new Uint8Array(2000)
  const batch = handBatch({ records, codec: 1, compress: bytes => bytes })
  const range = { from: 0n, to: 100n, isolation: 'read_committed', limits: { maxBytes: 1999, maxRatio: 100, anyRatioBytes: 1999 } } as const
  expect(() => new RecordReader(fetchedOf([batch]), range, new Map([['gzip', generous]])).next()).toThrow(expect.objectContaining({ code: 'KAFKA_BATCH_TOO_LARGE' }))
})
