import { VectorBuilder } from '../../../columnar/builder.ts'
import { type DataType, stringType } from '../../../columnar/data-type.ts'
import { BytesReader, dictionaryVector, type Vector, withValidity } from '../../../columnar/vector.ts'
import { makeError } from '../../../common/errors.ts'
import type { Kernel } from '../../function-table.ts'
import { isPresent } from '../define.ts'

/** Bytes that one function call may make for one batch; beyond it an error is better than a dead process. */
const maxResultBytes = 512 * 1024 * 1024

export function valueTooLarge(name: string, bytes: number): Error {
  return makeError('EXPR_VALUE_TOO_LARGE', `${name}() would make ${bytes} bytes of text in one batch, more than ${maxResultBytes}. Ask for less text.`, {
    context: { name, bytes, limit: maxResultBytes },
  })
}

/** Raises EXPR_VALUE_TOO_LARGE before `more` bytes are added to what the builder holds. */
export function checkSize(name: string, out: VectorBuilder, more: number): void {
  if (out.byteLength + more > maxResultBytes) throw valueTooLarge(name, out.byteLength + more)
}

/**
 * A kernel that appends one text per present row. `prepare` looks at the arguments once per batch (readers, constants)
 * and answers the loop's body.
 */
export function textKernel(prepare: (args: readonly Vector[]) => (out: VectorBuilder, i: number) => void, result: DataType = stringType): Kernel {
  return (args, length, validity) => {
    const append = prepare(args)
    const out = new VectorBuilder(result, Math.max(8, length))
    for (let i = 0; i < length; i++) {
      if (isPresent(validity, i)) append(out, i)
      else out.appendNull()
    }
    return out.finish()
  }
}

/**
 * A kernel of one text argument that maps each distinct text once where the argument is a dictionary. The mapping
 * must not raise: entries that no row uses are mapped too.
 */
export function textMap(map: (source: BytesReader, index: number, out: VectorBuilder) => void): Kernel {
  const plain = textKernel(([a]) => {
    const reader = new BytesReader(a)
    return (out, i) => map(reader, reader.index(i), out)
  })
  return (args, length, validity, context) => {
    const [a] = args
    if (a.dictionary === null || a.dictionary.length >= length) return plain(args, length, validity, context)
    const mapped = plain([withValidity(a.dictionary, null)], a.dictionary.length, null, context)
    return dictionaryVector(a.values as Int32Array, mapped, length, validity)
  }
}
