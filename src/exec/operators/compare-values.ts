import { getBit } from '../../columnar/bitmap.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'

/** Whether value `i` of one vector agrees with value `j` of the other. */
export type Comparer = (i: number, j: number) => boolean

/** Values of one type agree when both are null, or neither is and no number in them differs by more than `tolerance`; NaN agrees with NaN. */
export function comparerOf(a: Vector, b: Vector, tolerance: number): Comparer {
  const values = valuesOf(a, b, tolerance)
  return (i, j) => (isNullAt(a, i) || isNullAt(b, j) ? isNullAt(a, i) && isNullAt(b, j) : values(i, j))
}

function valuesOf(a: Vector, b: Vector, tolerance: number): Comparer {
  switch (a.type.kind) {
    case 'null':
      return () => true
    case 'boolean': {
      const [x, y] = [a.values as Uint8Array, b.values as Uint8Array]
      return (i, j) => getBit(x, i) === getBit(y, j)
    }
    case 'string':
    case 'binary':
      return bytesOf(a, b)
    case 'int64': {
      const [x, y] = [a.values as BigInt64Array, b.values as BigInt64Array]
      return (i, j) => x[i] === y[j] || Math.abs(Number(x[i] - y[j])) <= tolerance
    }
    case 'int32':
    case 'date':
    case 'integer':
    case 'float64':
    case 'timestamp': {
      const [x, y] = [a.values as Float64Array, b.values as Float64Array]
      return (i, j) => close(x[i], y[j], tolerance)
    }
    case 'vector': {
      const { size } = a.type
      const [x, y] = [a.values as Float64Array, b.values as Float64Array]
      return (i, j) => {
        for (let k = 0; k < size; k++) if (!close(x[i * size + k], y[j * size + k], tolerance)) return false
        return true
      }
    }
    case 'array': {
      const elements = comparerOf(a.children[0], b.children[0], tolerance)
      const [x, y] = [a.offsets as Int32Array, b.offsets as Int32Array]
      return (i, j) => {
        const length = x[i + 1] - x[i]
        if (y[j + 1] - y[j] !== length) return false
        for (let k = 0; k < length; k++) if (!elements(x[i] + k, y[j] + k)) return false
        return true
      }
    }
    case 'struct': {
      const fields = a.children.map((child, k) => comparerOf(child, b.children[k], tolerance))
      return (i, j) => fields.every(agree => agree(i, j))
    }
  }
}

function bytesOf(a: Vector, b: Vector): Comparer {
  const [x, y] = [new BytesReader(a), new BytesReader(b)]
  return (i, j) => {
    const [from, start] = [x.start(i), y.start(j)]
    const length = x.end(i) - from
    if (y.end(j) - start !== length) return false
    for (let k = 0; k < length; k++) if (x.bytes[from + k] !== y.bytes[start + k]) return false
    return true
  }
}

function close(x: number, y: number, tolerance: number): boolean {
  return x === y || Math.abs(x - y) <= tolerance || (x !== x && y !== y)
}
