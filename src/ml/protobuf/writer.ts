/** Puts a message together from parts that were read and fields that are new. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** A field of bytes: a message or text. */
export function bytesField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return concatBytes([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function numberField(number: number, value: number): Uint8Array {
  return concatBytes([varint(number * 8), varint(value)])
}

function varint(value: number): Uint8Array {
  const out: number[] = []
  let rest = value
  while (rest >= 128) {
    out.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return Uint8Array.from(out)
}
