import { maxTreeNodes } from '../tree/ensemble.ts'
import type { CategorySet, RawTree } from '../tree/raw-tree.ts'
import { fail } from './errors.ts'

export interface TreeFormat {
  readonly version: number
  readonly littleEndian: boolean
}

/** Which way a row goes whose value is missing, as the byte after the column says. */
const missingAgainstRest = 1
const missingLeft = [2, 4]
const missingRight = [3, 5]

const leafColumn = 65535
const leafMask = 48

/**
 * Decodes a tree of a MOJO. A node is written as
 *
 *     type          1 byte    0x33: how the left child is written · 0x0C: how it splits · 0xC0: how the right child is written
 *     column        2 bytes   65535: this is a leaf (of a tree that is nothing else), and its number follows
 *     missing       1 byte    1: the split is between missing (right) and the rest · 2, 4: left · 3, 5: right
 *     split                   kind 0: 4 bytes, right from this number on · 8: a set of 32 bits · 12: offset, size, bits;
 *                             nothing where missing is 1
 *     left child              0 to 3: its size in 1 to 4 bytes, and its nodes · 48: a leaf's number
 *     right child             0x40 set: a leaf's number · otherwise its nodes
 *
 * Nodes are numbered as they come. Each is read once: the size of a left child, which scoring one row would skip it by,
 * must be that of what was read.
 */
export function decodeTree(bytes: Uint8Array, format: TreeFormat, name: string): RawTree {
  return new TreeDecoder(bytes, format, name).decode()
}

/** A node whose right child comes later. */
interface Pending {
  readonly node: number
  readonly rightIsLeaf: boolean
  /** Where its left child has to end; undefined for a leaf. */
  readonly leftEnd: number | undefined
}

class TreeDecoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #format: TreeFormat
  readonly #name: string
  #at = 0
  readonly #left: number[] = []
  readonly #right: number[] = []
  readonly #feature: number[] = []
  readonly #threshold: number[] = []
  readonly #missing: number[] = []
  readonly #leaf: number[] = []
  readonly #sets = new Map<number, CategorySet>()

  constructor(bytes: Uint8Array, format: TreeFormat, name: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#format = format
    this.#name = name
  }

  decode(): RawTree {
    const open: Pending[] = []
    this.#readNode(open)
    for (let pending = open.pop(); pending !== undefined; pending = open.pop()) {
      const { node, rightIsLeaf, leftEnd } = pending
      if (leftEnd !== undefined && this.#at !== leftEnd) throw this.#wrong(`says that the left child of node ${node} ends at byte ${leftEnd}, but it ends at ${this.#at}`)
      this.#right[node] = this.#left.length
      if (rightIsLeaf) this.#addLeaf()
      else this.#readNode(open)
    }
    if (this.#at !== this.#bytes.length) throw this.#wrong(`has ${this.#bytes.length - this.#at} bytes after its last node`)
    const missing = this.#missing
    return {
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      feature: Int32Array.from(this.#feature),
      threshold: Float64Array.from(this.#threshold),
      defaultLeft: Uint8Array.from(missing, m => Number(missingLeft.includes(m))),
      leaf: Float64Array.from(this.#leaf),
      splitOf: node => (missing[node] === missingAgainstRest ? 'missing' : this.#sets.get(node)),
    }
  }

  /** Reads a node and, going down, all left children below it; what is left to read is put on `open`. */
  #readNode(open: Pending[]): void {
    for (;;) {
      const type = this.#byte()
      const column = this.#uint16()
      if (column === leafColumn) {
        this.#addLeaf()
        return
      }
      const node = this.#addSplit(type, column)
      const leftMask = type & 0x33
      const rightIsLeaf = (type & 0x40) !== 0
      this.#left[node] = node + 1
      if (leftMask === leafMask) {
        this.#addLeaf()
        open.push({ node, rightIsLeaf, leftEnd: undefined })
        return
      }
      if (leftMask > 3) throw this.#wrong(`writes the left child of node ${node} in an unknown way (${leftMask})`)
      let size = 0
      for (let k = 0; k <= leftMask; k++) size += this.#byte() * 256 ** k
      open.push({ node, rightIsLeaf, leftEnd: this.#at + size })
    }
  }

  #addSplit(type: number, column: number): number {
    const node = this.#left.length
    const missing = this.#byte()
    if (missing !== missingAgainstRest && !missingLeft.includes(missing) && !missingRight.includes(missing)) {
      throw this.#wrong(`sends missing values of node ${node} nowhere (${missing})`)
    }
    const kind = type & 0x0c
    this.#push(column, missing)
    if (missing === missingAgainstRest) return node
    if (kind === 0) this.#threshold[node] = this.#float32()
    else if (kind === 8) this.#sets.set(node, this.#set(0, 32))
    else if (kind === 12) this.#sets.set(node, this.#sizedSet())
    else throw this.#wrong(`splits node ${node} in an unknown way (${kind})`)
    return node
  }

  #sizedSet(): CategorySet {
    const offset = this.#uint16()
    // Before version 1.2 the size was in bytes.
    return this.#set(offset, this.#format.version < 1.2 ? this.#uint16() * 8 : this.#int32())
  }

  #set(offset: number, size: number): CategorySet {
    const count = Math.ceil(size / 8)
    if (size < 0 || this.#at + count > this.#bytes.length) throw this.#wrong(`has a set of ${size} categories`)
    const words = new Int32Array(Math.ceil(size / 32))
    for (let k = 0; k < count; k++) words[k >> 2] |= this.#byte() << ((k & 3) * 8)
    return { offset, size, words, outside: this.#format.version > 1 ? 'missing' : 'left' }
  }

  #addLeaf(): void {
    const node = this.#left.length
    const value = this.#float32()
    this.#push(0, missingRight[0])
    this.#leaf[node] = value
  }

  #push(column: number, missing: number): void {
    if (this.#left.length >= maxTreeNodes) throw this.#wrong(`has more than ${maxTreeNodes} nodes`)
    this.#left.push(-1)
    this.#right.push(-1)
    this.#feature.push(column)
    this.#threshold.push(NaN)
    this.#missing.push(missing)
    this.#leaf.push(NaN)
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw this.#wrong('ends inside a node')
    return this.#bytes[this.#at++]
  }

  #uint16(): number {
    return this.#view.getUint16(this.#skip(2), this.#format.littleEndian)
  }

  #int32(): number {
    return this.#view.getInt32(this.#skip(4), this.#format.littleEndian)
  }

  #float32(): number {
    return this.#view.getFloat32(this.#skip(4), this.#format.littleEndian)
  }

  #skip(count: number): number {
    const at = this.#at
    if (at + count > this.#bytes.length) throw this.#wrong('ends inside a node')
    this.#at += count
    return at
  }

  #wrong(what: string): Error {
    return fail(`"${this.#name}" ${what}`)
  }
}
