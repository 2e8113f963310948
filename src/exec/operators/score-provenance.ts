import { clearBit, newBitmap } from '../../columnar/bitmap.ts'
import { stringType } from '../../columnar/data-type.ts'
import { dictionaryVector, nullVector, type Vector } from '../../columnar/vector.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import type { ScoreSpec } from '../physical-plan.ts'

/** What is said of who scored a row; null where there is nothing to say. */
export type Provenance = { readonly [fact in ScoreSpec['provenance'][number]]: string | null }

/** A column for each fact; rows with a 1 in `isFallback` have the second's. */
export function provenanceVectors(facts: ScoreSpec['provenance'], rows: number, own: Provenance, fallback: Provenance | null, isFallback: Uint8Array | null): Vector[] {
  return facts.map(fact => oneOf(rows, own[fact], fallback?.[fact] ?? null, isFallback))
}

function oneOf(rows: number, first: string | null, second: string | null, isSecond: Uint8Array | null): Vector {
  if (first === null && (second === null || isSecond === null)) return nullVector(stringType, rows)
  const dictionary = new VectorBuilder(stringType, 2)
  dictionary.appendString(first ?? '')
  dictionary.appendString(second ?? '')
  const codes = isSecond === null ? new Int32Array(rows) : Int32Array.from(isSecond)
  const nullCode = first === null ? 0 : second === null ? 1 : -1
  let validity: Uint8Array | null = null
  for (let row = 0; row < rows; row++) {
    if (codes[row] !== nullCode) continue
    validity ??= newBitmap(rows, true)
    clearBit(validity, row)
  }
  return dictionaryVector(codes, dictionary.finish(), rows, validity)
}
