/**
 * Finds structure in JSON text: the end of a string, the next byte that is no space. Everything else in this folder
 * asks these functions and looks at no byte of a string's inside itself. This is the place for a SIMD kernel: one that
 * computes the quote and backslash masks of a whole block can answer textEnd() from its index.
 *
 * A newline ends every scan: it is allowed neither inside a string nor between the tokens of one line. Blocks of
 * records end with a newline, so that no scan needs to look at the end of the buffer.
 */

/** 1 for the bytes at which a run of plain text inside a string ends: quote, backslash, control characters. */
const stops = new Uint8Array(256)
stops.fill(1, 0, 0x20)
stops[0x22] = 1
stops[0x5c] = 1

/**
 * From inside a string: the position of the first byte that is not plain text (quote, backslash or control character).
 *
 *     let i = at
 *     while (stops[bytes[i]] === 0) i++
 *
 * in steps of four bytes. In a word each byte b has its high bit set by `(b - n) & ~b` when b < n, and by the same with
 * n = 1 after an exclusive or with c when b equals c. A borrow may only mark a byte behind a marked one.
 */
export function textEnd(bytes: Uint8Array, view: DataView, at: number): number {
  let i = at
  for (const last = view.byteLength - 4; i <= last; i += 4) {
    const word = view.getInt32(i, true)
    const quotes = word ^ 0x22222222
    const backslashes = word ^ 0x5c5c5c5c
    const marks = ((word - 0x20202020) & ~word) | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)
    if ((marks & 0x80808080) !== 0) break
  }
  while (stops[bytes[i]] === 0) i++
  return i
}

/** The first byte from `at` on that is no space, tab or carriage return. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at
  let c = bytes[i]
  while (c === 0x20 || c === 0x09 || c === 0x0d) c = bytes[++i]
  return i
}
