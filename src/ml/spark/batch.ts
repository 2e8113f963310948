import { type Bitmap, getBit, newBitmap, clearBit } from '../../columnar/bitmap.ts'
import { describeType } from '../../columnar/data-type.ts'
import { float64Type } from '../../columnar/data-type.ts'
import { notANumber, parseDouble } from '../../columnar/text/java-double.ts'
import { BytesReader, float64Vector, isNullAt, type Vector } from '../../columnar/vector.ts'
import { wrongInputType } from '../errors.ts'
import { Features } from './features.ts'
import { featuresOf } from './features-input.ts'
import { type PlannedColumn, sizeOf } from './planner.ts'

/** Numbers of a column; what stands at a missing one is undefined. */
export interface Numbers {
  readonly values: Float64Array
  readonly validity: Bitmap | null
}

const live = 0
const dropped = 1
const refused = 2

/** The columns of one block of rows while the steps go over it, and what became of each row. */
export class Batch {
  readonly rows: number
  readonly #cells: (Vector | Features | undefined)[]
  readonly #status: Uint8Array
  readonly messages = new Map<number, string>()

  constructor(rows: number, slots: number) {
    this.rows = rows
    this.#cells = new Array<undefined>(slots).fill(undefined)
    this.#status = new Uint8Array(rows)
  }

  set(column: PlannedColumn, cells: Vector | Features): void {
    this.#cells[column.slot] = cells
  }

  setNumbers(column: PlannedColumn, values: Float64Array, validity: Bitmap | null = null): void {
    this.set(column, float64Vector(float64Type, values, validity, this.rows))
  }

  /** Whether the row is still there. */
  isLive(row: number): boolean {
    return this.#status[row] === live
  }

  isDropped(row: number): boolean {
    return this.#status[row] === dropped
  }

  drop(row: number): void {
    if (this.#status[row] === live) this.#status[row] = dropped
  }

  /** Spark's job would stop at this row. `message` is made only for the first reason. */
  refuse(row: number, message: () => string): void {
    if (this.#status[row] !== live) return
    this.#status[row] = refused
    this.messages.set(row, message())
  }

  cells(column: PlannedColumn): Vector | Features {
    return this.#cells[column.slot] as Vector | Features
  }

  vector(column: PlannedColumn, kind: string): Vector {
    const cells = this.cells(column)
    if (cells instanceof Features) throw wrongInputType(column.name, kind, 'a vector')
    return cells
  }

  /** A numeric or boolean column as doubles; text is taken where it is a number. */
  numbers(column: PlannedColumn): Numbers {
    const v = this.vector(column, 'number')
    switch (v.type.kind) {
      case 'float64':
      case 'integer':
        return { values: v.values as Float64Array, validity: v.validity }
      case 'int32':
        return { values: Float64Array.from((v.values as Int32Array).subarray(0, this.rows)), validity: v.validity }
      case 'int64':
        return { values: Float64Array.from((v.values as BigInt64Array).subarray(0, this.rows), Number), validity: v.validity }
      case 'boolean': {
        const values = new Float64Array(this.rows)
        for (let i = 0; i < this.rows; i++) values[i] = getBit(v.values as Bitmap, i) ? 1 : 0
        return { values, validity: v.validity }
      }
      case 'string':
        return this.#numbersOfText(column, v)
      case 'null':
        return { values: new Float64Array(this.rows), validity: newBitmap(this.rows, false) }
      default:
        throw wrongInputType(column.name, 'number', describeType(v.type))
    }
  }

  #numbersOfText(column: PlannedColumn, v: Vector): Numbers {
    const reader = new BytesReader(v)
    const values = new Float64Array(this.rows)
    const validity = newBitmap(this.rows, true)
    for (let row = 0; row < this.rows; row++) {
      if (isNullAt(v, row)) {
        clearBit(validity, row)
        continue
      }
      const x = parseDouble(reader.bytes, reader.start(row), reader.end(row))
      if (x === notANumber) this.refuse(row, () => `Column "${column.name}" holds text where a number is needed.`)
      else values[row] = x
    }
    return { values, validity }
  }

  /** A vector column; missing vectors are zeros with their validity cleared. */
  features(column: PlannedColumn): Features {
    const cells = this.cells(column)
    if (cells instanceof Features) return cells
    const features = featuresOf(cells, column.name, sizeOf(column), this)
    this.set(column, features)
    return features
  }

  /** As {@link features} for a stage that stops at a missing vector or one of another size. */
  presentFeatures(column: PlannedColumn, stage: string, size?: number): Features {
    const features = this.features(column)
    if (size !== undefined && features.size !== size) {
      for (let row = 0; row < this.rows; row++) {
        this.refuse(row, () => `${stage} was trained on vectors of ${size} values, but column "${column.name}" has ${features.size}.`)
      }
      return Features.dense(this.rows, size, new Float64Array(this.rows * size))
    }
    if (features.validity === null) return features
    for (let row = 0; row < this.rows; row++) {
      if (features.isMissing(row)) this.refuse(row, () => `${stage} found no vector in column "${column.name}".`)
    }
    return features.withValidity(null)
  }

  outcome(): { readonly dropped: number[]; readonly refused: { readonly row: number; readonly message: string }[] } {
    const rows: number[] = []
    for (let row = 0; row < this.rows; row++) if (this.#status[row] === dropped) rows.push(row)
    const messages = [...this.messages].sort((a, b) => a[0] - b[0]).map(([row, message]) => ({ row, message }))
    return { dropped: rows, refused: messages }
  }
}
