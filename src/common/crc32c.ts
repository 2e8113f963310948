/**
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected: 0x82F63B78) of bytes[start .. end).
 * `previous` is the result for the bytes before, to go on from there. The result is unsigned.
 *
 * The plain loop, which the others are steps of several bytes of:
 *
 *     for (let i = start; i < end; i++) crc = tables[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
 */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, previous = 0): number {
  let crc = ~previous
  let i = start
  if (littleEndian && end - start >= wordsPayFrom) {
    i += -(bytes.byteOffset + start) & 3
    const words = (end - i) >>> 4
    crc = crcOfWords(new Int32Array(bytes.buffer, bytes.byteOffset + i, words * 4), crcOfBytes(bytes, start, i, crc))
    i += words * 16
  }
  return ~crcOfBytes(bytes, i, end, crc) >>> 0
}

/** Making a view of words costs as much as some hundred bytes. */
const wordsPayFrom = 256

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Eight bytes a step. */
function crcOfBytes(bytes: Uint8Array, start: number, end: number, before: number): number {
  let crc = before
  let i = start
  for (; i + 8 <= end; i += 8) {
    const x = crc ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
    crc =
      tables[1792 + (x & 255)] ^
      tables[1536 + ((x >>> 8) & 255)] ^
      tables[1280 + ((x >>> 16) & 255)] ^
      tables[1024 + (x >>> 24)] ^
      tables[768 + bytes[i + 4]] ^
      tables[512 + bytes[i + 5]] ^
      tables[256 + bytes[i + 6]] ^
      tables[bytes[i + 7]]
  }
  for (; i < end; i++) crc = tables[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return crc
}

/** Four words a step. Only four of the sixteen look-ups wait for the step before; the others go on meanwhile. */
function crcOfWords(words: Int32Array, before: number): number {
  let crc = before
  for (let i = 0; i + 4 <= words.length; i += 4) {
    const a = crc ^ words[i]
    const b = words[i + 1]
    const c = words[i + 2]
    const d = words[i + 3]
    const ahead =
      tables[2816 + (b & 255)] ^
      tables[2560 + ((b >>> 8) & 255)] ^
      tables[2304 + ((b >>> 16) & 255)] ^
      tables[2048 + (b >>> 24)] ^
      tables[1792 + (c & 255)] ^
      tables[1536 + ((c >>> 8) & 255)] ^
      tables[1280 + ((c >>> 16) & 255)] ^
      tables[1024 + (c >>> 24)] ^
      tables[768 + (d & 255)] ^
      tables[512 + ((d >>> 8) & 255)] ^
      tables[256 + ((d >>> 16) & 255)] ^
      tables[d >>> 24]
    crc = ahead ^ tables[3840 + (a & 255)] ^ tables[3584 + ((a >>> 8) & 255)] ^ tables[3328 + ((a >>> 16) & 255)] ^ tables[3072 + (a >>> 24)]
  }
  return crc
}

/** Table k at k · 256: the CRC of a byte followed by k zero bytes. */
const tables = makeTables()

function makeTables(): Int32Array {
  const made = new Int32Array(16 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    made[byte] = crc
  }
  for (let i = 256; i < made.length; i++) made[i] = made[made[i - 256] & 255] ^ (made[i - 256] >>> 8)
  return made
}
