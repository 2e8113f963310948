import { getBit, newBitmap, setBit } from '../../columnar/bitmap.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { booleanVector, BytesReader, Vector } from '../../columnar/vector.ts'
import type { Expr } from '../expr.ts'
import type { EvalContext, FunctionEntry, Kernel, Signature } from '../function-table.ts'

/** Fills in a signature of fixed types. */
export function signature(args: readonly DataType[], result: DataType, kernel: Kernel, nullable = false): Signature {
  return { args, result, kernel, nullable }
}

/** An entry whose types never vary; the last arguments may be left out where `required` is smaller than their number. */
export function fixed(
  entry: Omit<FunctionEntry, 'resolve' | 'arity'> & {
    readonly args: readonly DataType[]
    readonly required?: number
    readonly result: DataType
    readonly kernel: Kernel
    readonly nullable?: boolean
  },
): FunctionEntry {
  const { args, required = args.length, result, kernel, nullable, ...rest } = entry
  const signatures = args.map((_, k) => signature(args.slice(0, k + 1), result, kernel, nullable ?? false))
  signatures.unshift(signature([], result, kernel, nullable ?? false))
  return { ...rest, arity: [required, args.length], resolve: given => signatures[given.length] }
}

/** An entry that is a short way of writing other nodes: see {@link FunctionEntry.rewrite}. */
export function rewritten(entry: Omit<FunctionEntry, 'resolve' | 'rewrite'> & { readonly rewrite: (args: readonly Expr[]) => Expr }): FunctionEntry {
  return { ...entry, resolve: () => undefined }
}

export function isPresent(validity: Uint8Array | null, i: number): boolean {
  return validity === null || getBit(validity, i)
}

/** One float64 argument, one float64 result, per row; the function must not raise and is also called for absent rows. */
export function float64Map(result: DataType, f: (x: number) => number): Kernel {
  return ([a], length, validity) => {
    const x = a.values as Float64Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) out[i] = f(x[i])
    return new Vector(result, length, validity, out)
  }
}

/** A boolean result per row from a test on row numbers; absent rows are skipped. */
export function booleanRows(length: number, validity: Uint8Array | null, test: (i: number) => boolean): Vector {
  const bits = newBitmap(length, false)
  for (let i = 0; i < length; i++) if (isPresent(validity, i) && test(i)) setBit(bits, i)
  return booleanVector(bits, length, validity)
}

/**
 * Collects results row by row where null can come out of rows without null arguments: f appends one value (or null) to
 * the builder for each present row.
 */
export function appendRows(type: DataType, length: number, validity: Uint8Array | null, f: (out: VectorBuilder, i: number) => void): Vector {
  const out = new VectorBuilder(type, Math.max(8, length))
  for (let i = 0; i < length; i++) {
    if (isPresent(validity, i)) f(out, i)
    else out.appendNull()
  }
  return out.finish()
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads the rows of a string vector as JavaScript strings, a dictionary's entries once each. For functions that
 * need text; those that can work on bytes should use BytesReader.
 */
export class StringReader {
  readonly #reader: BytesReader
  readonly #known: (string | undefined)[] | null

  constructor(v: Vector) {
    this.#reader = new BytesReader(v)
    this.#known = v.dictionary === null ? null : []
  }

  at(i: number): string {
    const r = this.#reader
    const index = r.index(i)
    if (this.#known === null) return decoder.decode(r.bytes.subarray(r.offsets[index], r.offsets[index + 1]))
    return (this.#known[index] ??= decoder.decode(r.bytes.subarray(r.offsets[index], r.offsets[index + 1])))
  }
}

/** Reads any argument by its type: number, bigint, boolean, string or Uint8Array; timestamps in microseconds, dates in days. */
export function rowReader(v: Vector): (i: number) => unknown {
  switch (v.type.kind) {
    case 'boolean': {
      const bits = v.values as Uint8Array
      return i => getBit(bits, i)
    }
    case 'string': {
      const reader = new StringReader(v)
      return i => reader.at(i)
    }
    case 'binary': {
      const bytes = v.values as Uint8Array
      const offsets = v.offsets as Int32Array
      return i => bytes.subarray(offsets[i], offsets[i + 1])
    }
    default: {
      const values = v.values as Float64Array
      return i => values[i]
    }
  }
}

type In<K> = K extends 'string' ? string : K extends 'boolean' ? boolean : K extends 'int64' ? bigint : K extends 'binary' ? Uint8Array : number
type Args<T extends readonly { readonly kind: string }[]> = { [K in keyof T]: In<T[K]['kind']> }

/**
 * A kernel from a function of single values: the short way for functions that are not hot. Gets one value per argument
 * (see {@link rowReader}), undefined for one that was left out, then the context; null as an answer is a null. Called for
 * present rows only.
 */
export function rowKernel<const T extends readonly DataType[]>(
  args: T,
  result: DataType,
  f: (...values: [...Args<T>, EvalContext]) => unknown,
): Kernel {
  return (vectors, length, validity, context) => {
    const readers = vectors.map(rowReader)
    const values = new Array<unknown>(args.length + 1)
    values[args.length] = context
    return appendRows(result, length, validity, (out, i) => {
      for (let k = 0; k < readers.length; k++) values[k] = readers[k](i)
      out.append(f(...(values as [...Args<T>, EvalContext])))
    })
  }
}

/** A fixed entry whose kernel is a function of single values. */
export function rowFunction<const T extends readonly DataType[]>(
  entry: Omit<FunctionEntry, 'resolve' | 'arity'> & { readonly args: T; readonly required?: number; readonly result: DataType; readonly nullable?: boolean; readonly row: (...values: [...Args<T>, EvalContext]) => unknown },
): FunctionEntry {
  const { args, result, row, ...rest } = entry
  return fixed({ ...rest, args, result, kernel: rowKernel(args, result, row) })
}

