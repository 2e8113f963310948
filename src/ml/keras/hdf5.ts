import { Hdf5Bytes, type Fail } from './hdf5-bytes.ts'
import { type Datatype, type Message, readDataspace, readDatatype, readMessages } from './hdf5-header.ts'

/** A group: groups and datasets by name, and attributes of text. */
export interface Hdf5Group {
  readonly groupNames: readonly string[]
  group(name: string): Hdf5Group | undefined
  dataset(name: string): Hdf5Dataset | undefined
  /** An attribute of one text. */
  attribute(name: string): string | undefined
  /** An attribute that is a list of texts. */
  attributeList(name: string): readonly string[] | undefined
}

export interface Hdf5Dataset {
  readonly shape: readonly number[]
  readonly count: number
  /** The values as 32-bit floats. */
  read(): Float32Array
}

/** Types of the messages in an object's header that are looked at. */
const message = { dataspace: 1, datatype: 3, layout: 8, filters: 11, attribute: 12, symbolTable: 17, link: 6, attributeInfo: 21, linkInfo: 2 }

const maxTreeDepth = 8
const maxLinks = 200_000

/**
 * The root of an HDF5 file in memory, as far as Keras writes it with h5py: groups by symbol tables or links, contiguous
 * datasets of numbers, attributes of text. (File format: docs.hdfgroup.org, "HDF5 File Format Specification Version 3.0".)
 * Nothing is copied before it is read, and nothing is followed outside of the bytes.
 *
 * @throws what `fail` builds
 */
export function openHdf5(bytes: Uint8Array, fail: Fail): Hdf5Group {
  const file = new Hdf5Bytes(bytes, fail)
  const version = file.u8(8)
  if (version <= 1) {
    if (file.u8(13) !== 8 || file.u8(14) !== 8) throw fail('the HDF5 file has addresses of another size than 8')
    // Superblock: the root's symbol table entry follows four addresses.
    return new Group(file, file.address((version === 0 ? 24 : 28) + 32 + 8), 0)
  }
  if (version > 3 || file.u8(9) !== 8 || file.u8(10) !== 8) throw fail(`the HDF5 file has version ${version}`)
  return new Group(file, file.address(36), 0)
}

export function isHdf5(bytes: Uint8Array): boolean {
  return [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte)
}

class Group implements Hdf5Group {
  readonly #file: Hdf5Bytes
  readonly #messages: readonly Message[]
  readonly #depth: number
  #links: ReadonlyMap<string, number> | undefined

  constructor(file: Hdf5Bytes, address: number, depth: number) {
    if (depth > 64) throw file.fail('the HDF5 file has groups nested more than 64 deep')
    this.#file = file
    this.#messages = readMessages(file, address)
    this.#depth = depth
  }

  get groupNames(): readonly string[] {
    return [...this.#all.keys()]
  }

  group(name: string): Hdf5Group | undefined {
    const address = this.#all.get(name)
    return address === undefined ? undefined : new Group(this.#file, address, this.#depth + 1)
  }

  dataset(name: string): Hdf5Dataset | undefined {
    let parent: Hdf5Group | undefined = this
    const steps = name.split('/')
    for (const step of steps.slice(0, -1)) parent = parent?.group(step)
    if (parent !== this) return parent?.dataset(steps[steps.length - 1])
    const address = this.#all.get(name)
    return address === undefined ? undefined : openDataset(this.#file, address, name)
  }

  attribute(name: string): string | undefined {
    return this.attributeList(name)?.[0]
  }

  attributeList(name: string): readonly string[] | undefined {
    for (const { type, at } of this.#messages) {
      if (type === message.attributeInfo && this.#file.u64(at + (this.#file.u8(at + 1) & 1 ? 4 : 2)) !== undefined) throw this.#file.fail('the HDF5 file keeps attributes in a heap of their own')
      if (type !== message.attribute) continue
      const found = readAttribute(this.#file, at, name)
      if (found !== undefined) return found
    }
    return undefined
  }

  get #all(): ReadonlyMap<string, number> {
    this.#links ??= readLinks(this.#file, this.#messages)
    return this.#links
  }
}

function readLinks(file: Hdf5Bytes, messages: readonly Message[]): ReadonlyMap<string, number> {
  const links = new Map<string, number>()
  for (const { type, at } of messages) {
    if (type === message.symbolTable) readTree(file, file.address(at), localHeap(file, file.address(at + 8)), links, 0)
    if (type === message.link) readLink(file, at, links)
    if (type === message.linkInfo && file.u64(at + (file.u8(at + 1) & 1 ? 10 : 2)) !== undefined) throw file.fail('the HDF5 file keeps links in a heap of their own')
  }
  return links
}

/** Where the names of a group lie. */
function localHeap(file: Hdf5Bytes, address: number): number {
  file.expect(address, 'HEAP')
  return file.address(address + 24)
}

/** A B-tree of version 1 whose leaves are tables of names and addresses. */
function readTree(file: Hdf5Bytes, address: number, heap: number, links: Map<string, number>, depth: number): void {
  if (depth > maxTreeDepth) throw file.fail('the HDF5 file has a tree of groups that is too deep')
  file.expect(address, 'TREE')
  if (file.u8(address + 4) !== 0) throw file.fail('the HDF5 file has a group whose tree is of another kind')
  const level = file.u8(address + 5)
  const used = file.u16(address + 6)
  for (let k = 0; k < used; k++) {
    const child = file.address(address + 32 + 16 * k)
    if (level > 0) readTree(file, child, heap, links, depth + 1)
    else readSymbols(file, child, heap, links)
  }
}

function readSymbols(file: Hdf5Bytes, address: number, heap: number, links: Map<string, number>): void {
  file.expect(address, 'SNOD')
  const count = file.u16(address + 6)
  for (let k = 0, at = address + 8; k < count; k++, at += 40) {
    links.set(file.zeroEnded(heap + file.address(at)), file.address(at + 8))
    if (links.size > maxLinks) throw file.fail(`the HDF5 file has a group of more than ${maxLinks} entries`)
  }
}

/** A hard link in a header: version, flags, optional kind, order and character set, length of the name, name, address. */
function readLink(file: Hdf5Bytes, at: number, links: Map<string, number>): void {
  const flags = file.u8(at + 1)
  let next = at + 2
  const kind = flags & 8 ? file.u8(next++) : 0
  if (flags & 4) next += 8
  if (flags & 16) next++
  const width = 1 << (flags & 3)
  const length = width === 1 ? file.u8(next) : width === 2 ? file.u16(next) : file.u32(next)
  next += width
  const name = file.text(next, length)
  if (kind === 0) links.set(name, file.address(next + length))
}

function openDataset(file: Hdf5Bytes, address: number, name: string): Hdf5Dataset | undefined {
  const messages = readMessages(file, address)
  const find = (type: number): number | undefined => messages.find(m => m.type === type)?.at
  const [space, type, layout] = [find(message.dataspace), find(message.datatype), find(message.layout)]
  if (space === undefined || type === undefined || layout === undefined) return undefined
  if (find(message.filters) !== undefined) throw file.fail(`the dataset "${name}" is compressed`)
  const shape = readDataspace(file, space)
  const datatype = readDatatype(file, type)
  const count = shape.reduce((product, d) => product * d, 1)
  return { shape, count, read: () => file.numbers(dataAddress(file, layout, count * datatype.size, name), count, numberKind(file, datatype, name)) }
}

/** Data that lie in one piece: in the header, or at an address. */
function dataAddress(file: Hdf5Bytes, at: number, bytes: number, name: string): number {
  const version = file.u8(at)
  const kind = file.u8(at + 1)
  if (version < 3 || version > 4 || kind > 1) throw file.fail(`the dataset "${name}" is not stored in one piece`)
  const [start, size] = kind === 0 ? [at + 4, file.u16(at + 2)] : [file.u64(at + 2) ?? 0, file.address(at + 10)]
  if (size < bytes) throw file.fail(`the dataset "${name}" has ${size} bytes instead of ${bytes}`)
  return start
}

function numberKind(file: Hdf5Bytes, { kind, size, isSigned }: Datatype, name: string): string {
  if (kind === 'float' && (size === 2 || size === 4 || size === 8)) return `f${size}`
  if (kind === 'integer' && (size === 1 || size === 2 || size === 4 || size === 8)) return `${isSigned ? 'i' : 'u'}${size}`
  throw file.fail(`the dataset "${name}" holds no numbers of a known type`)
}

/** The texts of an attribute of this name; undefined for another name. */
function readAttribute(file: Hdf5Bytes, at: number, wanted: string): readonly string[] | undefined {
  const version = file.u8(at)
  if (version < 1 || version > 3) throw file.fail(`the HDF5 file has an attribute of version ${version}`)
  const sizes = [file.u16(at + 2), file.u16(at + 4), file.u16(at + 6)]
  let next = at + (version === 3 ? 9 : 8)
  const place = sizes.map(size => {
    const start = next
    next += version === 1 ? Math.ceil(size / 8) * 8 : size
    return start
  })
  if (file.zeroEnded(place[0], sizes[0]) !== wanted) return undefined
  const type = readDatatype(file, place[1])
  const shape = readDataspace(file, place[2])
  const count = shape.reduce((product, d) => product * d, 1)
  if (count * type.size > file.length) throw file.fail(`the attribute "${wanted}" is larger than its file`)
  return Array.from({ length: count }, (_, k) => {
    if (type.kind === 'text') return file.zeroEnded(next + k * type.size, type.size)
    if (type.kind === 'variable text') return file.heapText(next + k * 16)
    throw file.fail(`the attribute "${wanted}" is no text`)
  })
}
