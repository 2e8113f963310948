import { fail } from './errors.ts'
import type { MojoFiles } from './mojo-files.ts'
import { checkVersion, type Mojo } from './mojo.ts'
import type { Scoring } from './scorer.ts'

/** A step-wise linear function that never falls. */
export type Isotonic = (x: number) => number

/** @throws AnalysisError ML_UNREADABLE */
export function readIsotonic({ files, info }: Mojo): Isotonic {
  const min = info.number('calib_min_x', NaN)
  const max = info.number('calib_max_x', NaN)
  const xs = readDoubles(files, 'calib/thresholds_x')
  const ys = readDoubles(files, 'calib/thresholds_y')
  if (xs.length !== ys.length || xs.length === 0) throw fail(`its calibration has ${xs.length} places and ${ys.length} values`)
  for (let i = 0; i < xs.length; i++) if (!(xs[i] >= xs[Math.max(0, i - 1)])) throw fail('the places of its calibration do not ascend')
  if (!(min <= max) || xs[0] > min || xs[xs.length - 1] < max) throw fail(`its calibration goes from ${min} to ${max}, but has places from ${xs[0]} to ${xs[xs.length - 1]}`)
  return x => valueAt(x < min ? min : Math.min(x, max), xs, ys)
}

/** Isotonic regression of one number. */
export function readIsotonicRegression(mojo: Mojo): Scoring {
  checkVersion(mojo, 1)
  const of = readIsotonic(mojo)
  return {
    extras: [],
    scorer: {
      width: 1,
      score({ rows, matrix, predictions }) {
        for (let r = 0; r < rows; r++) predictions[r] = of(matrix[r * mojo.features])
      },
    },
  }
}

/** A place may be there twice, with a step between its values. The search is Java's, which decides whose value counts. */
function valueAt(x: number, xs: Float64Array, ys: Float64Array): number {
  if (x !== x) return NaN
  let low = 0
  let high = xs.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (xs[middle] < x) low = middle + 1
    else if (xs[middle] > x) high = middle - 1
    else return ys[middle]
  }
  const slope = (ys[low] - ys[high]) / (xs[low] - xs[high])
  return ys[high] + slope * (x - xs[high])
}

/** A count and 64-bit floats, all with the highest byte first. */
function readDoubles(files: MojoFiles, path: string): Float64Array {
  const bytes = files.read(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = bytes.length < 4 ? -1 : view.getInt32(0)
  if (count < 0 || bytes.length < 4 + count * 8) throw fail(`"${path}" has ${bytes.length} bytes for ${count} numbers`)
  return Float64Array.from({ length: count }, (_, i) => view.getFloat64(4 + i * 8))
}
