/** What a slot announces in place of a field. */
export const unknownKey = -1
export const endOfObject = -2

/** Adversarial input may have a new key in every record: beyond this many nothing more is learned. */
const maxSlots = 4096
const maxPatternBytes = 512

/**
 * The bytes between two values verbatim, say `,"origin":`, the field that they announce, and the slot that came next
 * the last time.
 */
export class KeySlot {
  readonly field: number
  readonly length: number
  /** The pattern in words of four bytes; the last word overlaps its neighbour so that all of them are full. */
  readonly words: Int32Array
  readonly bytes: Uint8Array
  next: KeySlot | null = null

  constructor(bytes: Uint8Array, field: number) {
    this.field = field
    this.bytes = bytes
    this.length = bytes.length
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const count = bytes.length < 4 ? 0 : (bytes.length + 3) >> 2
    this.words = Int32Array.from({ length: count }, (_, k) => view.getInt32(Math.min(4 * k, bytes.length - 4), true))
  }
}

/**
 * Knows the keys of one object of the schema and remembers in which order they came.
 *
 * Records of one input mostly have the same keys in the same order. Comparing the bytes of the expected {@link KeySlot}
 * is all that a key costs then. Equal bytes are equal tokens, so that a wrong guess costs time and never correctness:
 * the caller reads the key in full and calls learn().
 */
export class KeyMemo {
  readonly #names: readonly Uint8Array[]
  /** The slot before the first key. */
  readonly openingBrace = new KeySlot(new Uint8Array(0), unknownKey)
  readonly #unlearned = new Map<number, KeySlot>()
  /** Slots by hash of their pattern. */
  readonly #slots = new Map<number, KeySlot>()

  constructor(names: readonly string[]) {
    const encoder = new TextEncoder()
    this.#names = names.map(name => encoder.encode(name))
    // Slots that are never followed by a guess: for keys that were not learned.
    for (let k = endOfObject; k < names.length; k++) this.#unlearned.set(k, new KeySlot(new Uint8Array(0), k))
  }

  /** Remembers that `bytes[start, end)` announced `field` after `slot`; answers the slot of these bytes. */
  learn(slot: KeySlot, bytes: Uint8Array, start: number, end: number, field: number): KeySlot {
    const next = this.#slot(bytes, start, end, field)
    if (next === undefined) return this.#unlearned.get(field) as KeySlot
    if (slot === this.openingBrace || slot.length > 0) slot.next = next
    return next
  }

  #slot(bytes: Uint8Array, start: number, end: number, field: number): KeySlot | undefined {
    if (end - start > maxPatternBytes) return undefined
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
    const known = this.#slots.get(hash)
    if (known !== undefined && sameBytes(known.bytes, bytes, start, end)) return known
    if (this.#slots.size === maxSlots) return undefined
    const slot = new KeySlot(bytes.slice(start, end), field)
    this.#slots.set(hash, slot)
    return slot
  }

  /** The field with this name (UTF-8), or {@link unknownKey}. Plain comparison: a name such as `__proto__` is only a name. */
  find(bytes: Uint8Array, start: number, end: number): number {
    for (let k = 0; k < this.#names.length; k++) if (sameBytes(this.#names[k], bytes, start, end)) return k
    return unknownKey
  }
}

/** Does the slot's pattern stand at `at`? The view ends with the block, and nothing behind it is read. */
export function standsAt(slot: KeySlot, view: DataView, at: number, end: number): boolean {
  const { words, length } = slot
  if (at + length > end) return false
  const last = words.length - 1
  if (last < 0) {
    for (let k = 0; k < length; k++) if (view.getUint8(at + k) !== slot.bytes[k]) return false
    return true
  }
  for (let k = 0; k < last; k++) if (view.getInt32(at + 4 * k, true) !== words[k]) return false
  return view.getInt32(at + length - 4, true) === words[last]
}

function sameBytes(a: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (a.length !== end - start) return false
  for (let k = 0; k < a.length; k++) if (a[k] !== bytes[start + k]) return false
  return true
}
