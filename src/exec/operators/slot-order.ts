/** Slots 0 .. count−1. */
export function inNumber(count: number): Int32Array {
  const out = new Int32Array(count)
  for (let i = 0; i < count; i++) out[i] = i
  return out
}

/**
 * Slots by their class (0 .. classes−1), those of one class in the order that they came in: a counting sort. Class c is
 * slots[starts[c] .. starts[c + 1]).
 */
export function sortByClass(slots: Int32Array, classOf: Int32Array, classes: number): { readonly slots: Int32Array; readonly starts: Int32Array } {
  const starts = new Int32Array(classes + 1)
  for (let i = 0; i < slots.length; i++) starts[classOf[slots[i]] + 1]++
  for (let c = 0; c < classes; c++) starts[c + 1] += starts[c]
  const next = starts.slice()
  const out = new Int32Array(slots.length)
  for (let i = 0; i < slots.length; i++) out[next[classOf[slots[i]]]++] = slots[i]
  return { slots: out, starts }
}
