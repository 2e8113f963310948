/** More digits than any decimal has; text of them grows with the square. */
const maxDecimalBytes = 256

/** A decimal (two's complement, big-endian, `scale` digits behind the point) as plain text; undefined when it is too long or empty. */
export function decimalText(bytes: Uint8Array, start: number, end: number, scale: number): string | undefined {
  if (end <= start || end - start > maxDecimalBytes) return undefined
  let unscaled = 0n
  for (let at = start; at < end; at++) unscaled = (unscaled << 8n) | BigInt(bytes[at])
  if (bytes[start] >= 0x80) unscaled -= 1n << BigInt((end - start) * 8)
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
  return unscaled < 0n ? `-${text}` : text
}
