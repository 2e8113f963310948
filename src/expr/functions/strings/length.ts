import { binaryType, int32Type, stringType } from '../../../columnar/data-type.ts'
import { BytesReader, Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { countChars } from '../../utf8.ts'
import { isPresent, signature } from '../define.ts'

/** A count per row from the bytes of the row. */
function countKernel(count: (bytes: Uint8Array, start: number, end: number) => number): Kernel {
  return ([a], length, validity) => {
    const reader = new BytesReader(a)
    const out = new Int32Array(length)
    for (let i = 0; i < length; i++) if (isPresent(validity, i)) out[i] = count(reader.bytes, reader.start(i), reader.end(i))
    return new Vector(int32Type, length, validity, out)
  }
}

const chars = countKernel(countChars)
const bytes = countKernel((_bytes, start, end) => end - start)
const bits = countKernel((_bytes, start, end) => (end - start) * 8)

function counting(name: string, aliases: readonly string[], ofText: Kernel, ofBinary: Kernel, doc: string): FunctionEntry {
  return {
    name,
    aliases,
    arity: [1, 1],
    usage: `${name}(value: string | binary) -> int`,
    doc,
    safe: true,
    resolve: ([value]) =>
      value.type.kind === 'binary' ? signature([binaryType], int32Type, ofBinary) : signature([stringType], int32Type, ofText),
  }
}

export const lengthFunctions: readonly FunctionEntry[] = [
  counting('length', ['char_length', 'character_length', 'len'], chars, bytes, 'Number of characters (code points) of text, of bytes of a binary value.'),
  counting('octet_length', [], bytes, bytes, 'Number of bytes; text counts in UTF-8.'),
  counting('bit_length', [], bits, bits, 'Number of bits, eight times the bytes.'),
]
