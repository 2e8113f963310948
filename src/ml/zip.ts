import { crc32, inflateRawSync } from 'node:zlib'
import { maxModelBytes, maxModelFiles } from './artefact.ts'

export interface ZipLimits {
  readonly maxEntries: number
  /** Of all entries together, expanded. */
  readonly maxBytes: number
  /** Expanded size divided by compressed size, of an entry that expands to more than {@link ratioFromBytes}. */
  readonly maxRatio: number
}

/** Small entries may be all alike (a page of zeros): no bomb fits into less. */
export const ratioFromBytes = 1024 * 1024

const defaultLimits: ZipLimits = Object.freeze({ maxEntries: maxModelFiles, maxBytes: 2 * maxModelBytes, maxRatio: 200 })

export interface ZipEntry {
  readonly path: string
  /** Expanded, as the archive declares it; read() refuses any other. */
  readonly size: number
  /** The content; expanded anew by each call. */
  read(): Uint8Array
}

type Fail = (what: string, cause?: unknown) => Error

/** How the end record, the directory's records and the local headers begin. */
const endMark = 0x06054b50
const directoryMark = 0x02014b50
const localMark = 0x04034b50

const endBytes = 22
const directoryBytes = 46
const localBytes = 30
const maxCommentBytes = 0xffff
const maxNameBytes = 1024

const encryptedFlags = 0x1 | 0x40 | 0x2000
const utf8Flag = 0x800
const stored = 0
const deflated = 8

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= endBytes && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

/** Whether the bytes are a zip with an entry of this name; true too for one that is damaged but has the name somewhere. */
export function zipHolds(bytes: Uint8Array, path: string): boolean {
  if (!isZip(bytes)) return false
  try {
    return openZip(bytes, what => new Error(what)).has(path)
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(path)
  }
}

/**
 * The files of a zip archive in memory, by path; nothing is ever written to a disk. Folders have no entry of their own.
 *
 * Everything that archives use to harm is refused rather than repaired: names that leave the folder, names given twice,
 * links, encryption, archives in archives, entries that share bytes, sizes that are not as declared, and more files, bytes
 * or compression than the limits allow. Sizes come from the directory at the end, since streamed local headers have none.
 *
 * @throws what `fail` builds
 */
export function openZip(bytes: Uint8Array, fail: Fail, limits: ZipLimits = defaultLimits): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = findEnd(view, fail)
  const count = view.getUint16(end + 10, true)
  const directorySize = view.getUint32(end + 12, true)
  let at = view.getUint32(end + 16, true)
  if (count === 0xffff || at === 0xffffffff) throw fail('the archive is a zip64 archive, which only one with more than 65,535 files or 4 GiB needs')
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) throw fail('the archive is a part of one in several files')
  if (count > limits.maxEntries) throw fail(`the archive has ${count} entries, the limit is ${limits.maxEntries}`)
  if (at + directorySize > end) throw fail('the directory of the archive does not fit into it')
  const directoryStart = at
  const entries = new Map<string, PackedEntry>()
  let total = 0
  for (let k = 0; k < count; k++) {
    if (at + directoryBytes > end || view.getUint32(at, true) !== directoryMark) throw fail(`the directory of the archive ends before entry ${k} of ${count}`)
    const lengths = view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (at + directoryBytes + lengths > end) throw fail(`entry ${k} of the archive runs over its directory`)
    const entry = readDirectoryRecord(bytes, view, at, fail)
    at += directoryBytes + lengths
    if (entries.has(entry.path)) throw fail(`the archive has "${entry.path}" twice`)
    total += entry.size
    if (total > limits.maxBytes) throw fail(`the archive expands to more than ${limits.maxBytes} bytes`)
    if (entry.size > ratioFromBytes && entry.size > entry.packedSize * limits.maxRatio) {
      throw fail(`"${entry.path}" of the archive expands ${entry.packedSize} bytes to ${entry.size}, more than ${limits.maxRatio} times as many`)
    }
    entries.set(entry.path, entry)
  }
  const placed = placeEntries([...entries.values()], bytes, view, directoryStart, fail)
  return new Map(placed.filter(e => !e.path.endsWith('/')).map(e => [e.path, { path: e.path, size: e.size, read: () => readEntry(e, bytes, fail) }]))
}

interface PackedEntry {
  readonly path: string
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  readonly headerAt: number
}

interface PlacedEntry extends PackedEntry {
  readonly dataAt: number
}

/** The end record stands last, but for a comment whose length it has. */
function findEnd(view: DataView, fail: Fail): number {
  const first = Math.max(0, view.byteLength - endBytes - maxCommentBytes)
  for (let at = view.byteLength - endBytes; at >= first; at--) {
    if (view.getUint32(at, true) === endMark && at + endBytes + view.getUint16(at + 20, true) === view.byteLength) return at
  }
  throw fail('the archive has no end record: it is cut off, or no zip')
}

function readDirectoryRecord(bytes: Uint8Array, view: DataView, at: number, fail: Fail): PackedEntry {
  const flags = view.getUint16(at + 8, true)
  const nameLength = view.getUint16(at + 28, true)
  const nameAt = at + directoryBytes
  const path = readName(bytes.subarray(nameAt, nameAt + nameLength), (flags & utf8Flag) !== 0, fail)
  const entry = {
    path,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packedSize: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    headerAt: view.getUint32(at + 42, true),
  }
  if ((flags & encryptedFlags) !== 0) throw fail(`"${path}" of the archive is encrypted`)
  if (entry.method !== stored && entry.method !== deflated) throw fail(`"${path}" of the archive is compressed by method ${entry.method}; store it or deflate it`)
  if (entry.method === stored && entry.size !== entry.packedSize) throw fail(`"${path}" of the archive is stored, but with two sizes`)
  if (view.getUint16(at + 34, true) !== 0) throw fail('the archive is a part of one in several files')
  // The upper half of the external attributes is the file's mode in Unix.
  const kind = (view.getUint32(at + 38, true) >>> 16) & 0xf000
  if (kind === 0xa000) throw fail(`"${path}" of the archive is a symbolic link`)
  if (kind !== 0 && kind !== 0x8000 && kind !== 0x4000) throw fail(`"${path}" of the archive is a special file`)
  if (path.endsWith('/') && entry.size !== 0) throw fail(`the folder "${path}" of the archive has content`)
  return entry
}

function readName(name: Uint8Array, isUtf8: boolean, fail: Fail): string {
  if (name.length === 0 || name.length > maxNameBytes) throw fail(`the archive has an entry with a name of ${name.length} bytes`)
  let path: string
  try {
    path = new TextDecoder(isUtf8 || name.every(b => b < 128) ? 'utf-8' : 'latin1', { fatal: true, ignoreBOM: true }).decode(name)
  } catch (cause) {
    throw fail('the archive has an entry whose name is not UTF-8', cause)
  }
  const steps = path.replace(/\/$/, '').split('/')
  if (steps.some(s => s === '' || s === '.' || s === '..') || /^[A-Za-z]:|[\\\0-\x1f\x7f]/.test(path)) {
    throw fail(`the archive has an entry named ${JSON.stringify(path)}, which is no plain path below it`)
  }
  return path
}

/** Finds where each entry's bytes are. No two may share any: that is how small archives expand without end. */
function placeEntries(entries: PackedEntry[], bytes: Uint8Array, view: DataView, directoryStart: number, fail: Fail): PlacedEntry[] {
  let free = 0
  return entries.sort((a, b) => a.headerAt - b.headerAt).map(entry => {
    const { path, headerAt, packedSize } = entry
    if (headerAt < free) throw fail(`"${path}" of the archive shares bytes with another entry`)
    if (headerAt + localBytes > directoryStart || view.getUint32(headerAt, true) !== localMark) throw fail(`"${path}" of the archive is not where its directory says`)
    const nameLength = view.getUint16(headerAt + 26, true)
    const dataAt = headerAt + localBytes + nameLength + view.getUint16(headerAt + 28, true)
    free = dataAt + packedSize
    if (free > directoryStart) throw fail(`"${path}" of the archive runs over its end`)
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + headerAt + localBytes, nameLength)
    if (name.toString('utf8') !== path && name.toString('latin1') !== path) throw fail(`"${path}" of the archive has another name in front of its bytes`)
    return { ...entry, dataAt }
  })
}

function readEntry(entry: PlacedEntry, bytes: Uint8Array, fail: Fail): Uint8Array {
  const packed = bytes.subarray(entry.dataAt, entry.dataAt + entry.packedSize)
  const content = entry.method === stored ? packed : inflate(entry, packed, fail)
  if (crc32(content) !== entry.crc) throw fail(`"${entry.path}" of the archive does not match its checksum`)
  if (isZip(content)) throw fail(`"${entry.path}" of the archive is an archive itself`)
  return content
}

function inflate({ path, size }: PlacedEntry, packed: Uint8Array, fail: Fail): Uint8Array {
  let content: Uint8Array
  try {
    // One byte more than declared, so that too much is seen and yet never made.
    content = inflateRawSync(packed, { maxOutputLength: size + 1 })
  } catch (cause) {
    throw fail(`"${path}" of the archive cannot be expanded to its ${size} bytes`, cause)
  }
  if (content.length !== size) throw fail(`"${path}" of the archive expands to ${content.length} bytes instead of ${size}`)
  return content
}
