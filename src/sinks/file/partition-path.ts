import type { Vector } from '../../columnar/vector.ts'
import { isNullAt } from '../../columnar/vector.ts'
import { valueAt } from '../../columnar/values.ts'
import { sha256 } from '../../common/digest.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { writeTimestamp } from '../../columnar/text/timestamp-text.ts'

/** Stands for null (and for empty text, which no folder name can hold) as everywhere since Hive. */
const nullPartition = '__HIVE_DEFAULT_PARTITION__'
/** Longer than this, a folder name is cut and gets a digest of the whole, since file systems stop at 255 bytes. */
const maxNameBytes = 200

/** `column=value` of row i: percent-encoded, one path segment whatever the value is. */
export function partitionFolder(column: string, v: Vector, i: number): string {
  const text = isNullAt(v, i) ? '' : partitionText(v, i)
  return shorten(`${escape(column)}=${text === '' ? nullPartition : escape(text)}`)
}

function partitionText(v: Vector, i: number): string {
  if (v.type.kind === 'timestamp') {
    const out = new ByteWriter(40)
    writeTimestamp(out, (v.values as Float64Array)[i])
    return new TextDecoder().decode(out.take())
  }
  return String(valueAt(v, i))
}

/**
 * Encodes what a folder name cannot hold on some system or what would be read as something else: control characters,
 * separators, quotes, wildcards, `=`, `%`, the tilde of a shortened name, and a dot or space at either end.
 */
function escape(text: string): string {
  let out = ''
  const chars = [...text]
  chars.forEach((c, k) => {
    const code = c.codePointAt(0) as number
    const edge = (k === 0 || k === chars.length - 1) && (c === '.' || c === ' ')
    if (code < 0x20 || code === 0x7f || edge || '"#%\'*/:=?\\{}[]^<>|~'.includes(c)) out += `%${code.toString(16).toUpperCase().padStart(2, '0')}`
    else out += code >= 0xd800 && code <= 0xdfff ? '%EF%BF%BD' : c
  })
  return out
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name
  let kept = name
  while (Buffer.byteLength(kept) > maxNameBytes - 17) kept = kept.slice(0, Math.min(kept.length - 1, maxNameBytes - 17))
  // A cut inside %41 or between the halves of a surrogate pair would decode to something else.
  kept = kept.replace(/%[0-9A-F]?$/, '').replace(/[\ud800-\udbff]$/, '')
  return `${kept}~${sha256(name).slice(0, 16)}`
}
