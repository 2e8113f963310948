/** What {@link KeyMemo} answers in place of a field. */
export const unknownKey = -1
export const endOfObject = -2

/** The slot before the first key. */
export const openingBrace = 0
const unlearned = 1

/** Adversarial input may have a new key in every record: beyond this many nothing more is learned. */
const maxSlots = 4096
const maxPatternBytes = 512

/**
 * Knows the keys of one object of the schema and remembers in which order they came.
 *
 * Records of one input mostly have the same keys in the same order. A *slot* holds the bytes between two values
 * verbatim, say `,"origin":`, and the field that they announce; for every slot the memo remembers which one came next
 * the last time. Comparing those bytes is all that a key costs then. Equal bytes are equal tokens, so that a wrong guess
 * costs time and never correctness: the caller reads the key in full and calls learn().
 */
export class KeyMemo {
  readonly #names: readonly Uint8Array[]
  /** Slot 0 is the opening brace, slot 1 a key that was not learned; the others have a pattern. */
  readonly #patterns: Uint8Array[] = [new Uint8Array(0), new Uint8Array(0)]
  readonly #fields: number[] = [unknownKey, unknownKey]
  /** 0: not known. */
  readonly #following: number[] = [0, 0]
  /** Slots by hash of their pattern. */
  readonly #slots = new Map<number, number>()
  /** End of the pattern that {@link guess} recognised. */
  end = 0

  constructor(names: readonly string[]) {
    const encoder = new TextEncoder()
    this.#names = names.map(name => encoder.encode(name))
  }

  fieldOf(slot: number): number {
    return this.#fields[slot]
  }

  /** The slot that is expected after `slot` if its bytes stand at `at`, else 0. Sets {@link end}. */
  guess(slot: number, bytes: Uint8Array, at: number): number {
    const next = this.#following[slot]
    const pattern = this.#patterns[next]
    const { length } = pattern
    for (let k = 0; k < length; k++) if (pattern[k] !== bytes[at + k]) return 0
    this.end = at + length
    return next
  }

  /** Remembers that `bytes[start, end)` announced `field` after `slot`; answers the slot of these bytes. */
  learn(slot: number, bytes: Uint8Array, start: number, end: number, field: number): number {
    if (end - start > maxPatternBytes) return unlearned
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
    let next = this.#slots.get(hash)
    if (next === undefined || !sameBytes(this.#patterns[next], bytes, start, end)) {
      if (this.#patterns.length === maxSlots) return unlearned
      next = this.#patterns.length
      this.#patterns.push(bytes.slice(start, end))
      this.#fields.push(field)
      this.#following.push(0)
      this.#slots.set(hash, next)
    }
    if (slot !== unlearned) this.#following[slot] = next
    return next
  }

  /** The field with this name (UTF-8), or {@link unknownKey}. Plain comparison: a name such as `__proto__` is only a name. */
  find(bytes: Uint8Array, start: number, end: number): number {
    for (let k = 0; k < this.#names.length; k++) if (sameBytes(this.#names[k], bytes, start, end)) return k
    return unknownKey
  }
}

function sameBytes(a: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (a.length !== end - start) return false
  for (let k = 0; k < a.length; k++) if (a[k] !== bytes[start + k]) return false
  return true
}
