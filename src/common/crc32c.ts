/**
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected: 0x82F63B78) of bytes[start .. end), eight bytes a step.
 * `previous` is the result for the bytes before, to go on from there. The result is unsigned.
 */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, previous = 0): number {
  let crc = ~previous
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
  return ~crc >>> 0
}

/** Table k at k · 256: the CRC of a byte followed by k zero bytes. */
const tables = makeTables()

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    made[byte] = crc
  }
  for (let i = 256; i < made.length; i++) made[i] = made[made[i - 256] & 255] ^ (made[i - 256] >>> 8)
  return made
}
