import { crc32, deflateRawSync } from 'node:zlib'

/** What an entry says and is; whatever is left out is true. */
export interface ZipPart {
  readonly path: string
  readonly content: Uint8Array
  readonly method?: number
  /** The bytes in the archive, instead of `content` packed by `method`. */
  readonly packed?: Uint8Array
  readonly declaredSize?: number
  readonly declaredPackedSize?: number
  readonly crc?: number
  readonly flags?: number
  /** Unix mode, as the upper half of the external attributes. */
  readonly mode?: number
  readonly localPath?: string
  /** Points the directory at the bytes of another entry. */
  readonly sameBytesAs?: number
}

/** A zip archive as Java writes it: sizes only in the directory, names in UTF-8. */
export function zipOf(parts: readonly ZipPart[], comment = ''): Buffer {
  const body: Buffer[] = []
  const directory: Buffer[] = []
  const starts: number[] = []
  let at = 0
  for (const part of parts) {
    const method = part.method ?? 8
    const packed = part.packed ?? (method === 8 ? deflateRawSync(part.content) : part.content)
    const name = Buffer.from(part.path)
    const localName = Buffer.from(part.localPath ?? part.path)
    const flags = part.flags ?? 0x808
    starts.push(part.sameBytesAs === undefined ? at : starts[part.sameBytesAs])
    if (part.sameBytesAs === undefined) {
      const local = Buffer.alloc(30)
      local.writeUInt32LE(0x04034b50, 0)
      local.writeUInt16LE(flags, 6)
      local.writeUInt16LE(method, 8)
      local.writeUInt16LE(localName.length, 26)
      body.push(local, localName, Buffer.from(packed))
      at += local.length + localName.length + packed.length
    }
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt16LE(flags, 8)
    record.writeUInt16LE(method, 10)
    record.writeUInt32LE(part.crc ?? crc32(part.content), 16)
    record.writeUInt32LE(part.declaredPackedSize ?? packed.length, 20)
    record.writeUInt32LE(part.declaredSize ?? part.content.length, 24)
    record.writeUInt16LE(name.length, 28)
    record.writeUInt32LE(((part.mode ?? 0) << 16) >>> 0, 38)
    record.writeUInt32LE(starts[starts.length - 1], 42)
    directory.push(record, name)
  }
  const directorySize = directory.reduce((n, b) => n + b.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directorySize, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...body, ...directory, end, Buffer.from(comment)])
}
