import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openZip, ratioFromBytes, zipHolds, type ZipLimits } from '../../src/ml/zip.ts'
import { text } from './support.ts'
import { zipOf, type ZipPart } from './zip-builder.ts'

const open = (bytes: Uint8Array, limits?: ZipLimits): ReturnType<typeof openZip> => openZip(bytes, what => new Error(what), limits)
const readAll = (bytes: Uint8Array, limits?: ZipLimits): Map<string, string> =>
  new Map([...open(bytes, limits)].map(([path, entry]) => [path, Buffer.from(entry.read()).toString()]))

const a: ZipPart = { path: 'a.txt', content: text('aaa') }
const b: ZipPart = { path: 'sub/b.txt', content: text('b'.repeat(5000)) }

describe('a sound archive', () => {
  test('gives its files, stored and deflated, empty ones and those in folders', () => {
    const parts = [a, { path: 'sub/', content: text(''), method: 0, mode: 0x41ed }, b, { ...a, path: 'stored', method: 0, mode: 0x81a4 }, { path: 'empty', content: text('') }]
    expect([...readAll(zipOf(parts))]).toEqual([['a.txt', 'aaa'], ['sub/b.txt', 'b'.repeat(5000)], ['stored', 'aaa'], ['empty', '']])
  })

  test('may have names beyond ASCII, a comment, and start anywhere in a larger buffer', () => {
    const zip = zipOf([{ ...a, path: 'größe/ü:0' }], 'a comment')
    const larger = Buffer.concat([Buffer.from('12345'), zip, Buffer.from('6')])
    expect([...readAll(larger.subarray(5, 5 + zip.length))]).toEqual([['größe/ü:0', 'aaa']])
  })

  test('is told from others by the name of an entry', () => {
    expect(zipHolds(zipOf([a, b]), 'sub/b.txt')).toBe(true)
    expect(zipHolds(zipOf([a, b]), 'b.txt')).toBe(false)
    expect(zipHolds(zipOf([a, b]).subarray(0, -3), 'a.txt')).toBe(true)
    expect(zipHolds(text('a.txt, and no zip at all, though it is long enough'), 'a.txt')).toBe(false)
  })
})

describe('refused', () => {
  test.each<[string, ZipPart[], RegExp]>([
    ['a name twice', [a, a], /"a.txt" twice/],
    ['a name that climbs', [{ ...a, path: '../a' }], /"..\/a", which is no plain path/],
    ['a name that climbs in the middle', [{ ...a, path: 'x/../../a' }], /no plain path/],
    ['an absolute name', [{ ...a, path: '/etc/passwd' }], /no plain path/],
    ['a name with a drive', [{ ...a, path: 'C:a' }], /no plain path/],
    ['a name with a backslash', [{ ...a, path: '..\\a' }], /no plain path/],
    ['a name with a zero', [{ ...a, path: 'a\0b' }], /no plain path/],
    ['an empty name', [{ ...a, path: '' }], /a name of 0 bytes/],
    ['a name over 1,024 bytes', [{ ...a, path: 'x'.repeat(1025) }], /a name of 1025 bytes/],
    ['a link', [{ ...a, mode: 0xa1ff }], /"a.txt" of the archive is a symbolic link/],
    ['a device', [{ ...a, mode: 0x21ff }], /special file/],
    ['an encrypted entry', [{ ...a, flags: 0x809 }], /encrypted/],
    ['another compression', [{ ...a, method: 12 }], /compressed by method 12/],
    ['an archive in the archive', [{ path: 'b.zip', content: zipOf([a]) }], /"b.zip" of the archive is an archive itself/],
    ['a wrong checksum', [{ ...a, crc: 1 }], /does not match its checksum/],
    ['fewer bytes than declared', [{ ...a, declaredSize: 4 }], /expands to 3 bytes instead of 4/],
    ['more bytes than declared', [{ ...b, declaredSize: 4999 }], /expands to 5000 bytes instead of 4999/],
    ['far more bytes than declared', [{ ...b, declaredSize: 10 }], /cannot be expanded to its 10 bytes/],
    ['bytes that are not deflated', [{ ...a, packed: text('\xff\xff\xff') }], /cannot be expanded/],
    ['two sizes of a stored entry', [{ ...a, method: 0, declaredSize: 4 }], /stored, but with two sizes/],
    ['two entries over the same bytes', [a, { ...a, path: 'b.txt', sameBytesAs: 0 }], /shares bytes with another entry/],
    ['an entry into the next one', [{ ...a, declaredPackedSize: 60 }, b], /shares bytes with another entry/],
    ['an entry over the end', [{ ...a, declaredPackedSize: 60 }], /runs over its end/],
    ['another name at the bytes', [{ ...a, localPath: 'b.txt' }], /another name in front of its bytes/],
    ['a folder with content', [{ ...a, path: 'a/' }], /folder "a\/" of the archive has content/],
  ])('%s', (_, parts, words) => {
    expect(() => readAll(zipOf(parts))).toThrow(words)
  })

  test('an archive cut off anywhere', () => {
    const zip = zipOf([a, b])
    for (let n = 0; n < zip.length; n++) expect(() => readAll(zip.subarray(0, n))).toThrow(/archive/)
  })

  test('zip64 and archives in several files', () => {
    const zip = zipOf([a])
    const of = (at: number, value: number): Buffer => {
      const changed = Buffer.from(zip)
      changed.writeUInt16LE(value, zip.length - 22 + at)
      return changed
    }
    expect(() => open(of(10, 0xffff))).toThrow(/zip64/)
    expect(() => open(of(4, 1))).toThrow(/several files/)
    expect(() => open(of(8, 2))).toThrow(/several files/)
  })
})

describe('limits hold at the limit and one beyond', () => {
  const limits: ZipLimits = { maxEntries: 2, maxBytes: 5003, maxRatio: 200 }

  test('of entries', () => {
    expect(open(zipOf([a, b]), limits).size).toBe(2)
    expect(() => open(zipOf([a, b, { ...a, path: 'c' }]), limits)).toThrow(/3 entries, the limit is 2/)
  })

  test('of expanded bytes, before any is expanded', () => {
    expect(open(zipOf([a, b]), limits).size).toBe(2)
    expect(() => open(zipOf([{ ...a, content: text('aaaa') }, b]), limits)).toThrow(/expands to more than 5003 bytes/)
    expect(() => open(zipOf([{ ...a, declaredSize: 0xfffffffe }]))).toThrow(/expands to more than/)
  })

  test('of the ratio, which small entries may exceed', () => {
    const zeros = new Uint8Array(4 * ratioFromBytes)
    const packed = deflateRawSync(zeros)
    expect(open(zipOf([{ path: 'z', content: zeros.subarray(0, ratioFromBytes) }])).get('z')?.read().length).toBe(ratioFromBytes)
    expect(() => open(zipOf([{ path: 'z', content: zeros, packed }]))).toThrow(new RegExp(`expands ${packed.length} bytes to ${zeros.length}, more than 200 times`))
    const size = packed.length * 1000
    const within = { maxEntries: 1, maxBytes: 1e9, maxRatio: 1000 }
    expect(open(zipOf([{ path: 'z', content: zeros, packed, declaredSize: size }]), within).size).toBe(1)
    expect(() => open(zipOf([{ path: 'z', content: zeros, packed, declaredSize: size + 1 }]), within)).toThrow(/1000 times/)
  })
})
