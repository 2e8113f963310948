import { type DataType, integerType, isNumeric } from '../../columnar/data-type.ts'
import { isNullAt, Vector } from '../../columnar/vector.ts'
import { castKernel, type CastKernel } from '../cast.ts'
import { Failures } from '../failures.ts'
import { castInvalidInput, castOverflow } from './cast-errors.ts'

const secondMicros = 1_000_000
/** Timestamps are whole microseconds in a double. */
const maxMicros = Number.MAX_SAFE_INTEGER

/** A number as seconds since the epoch, and a timestamp as seconds (floored for whole numbers, with its fraction as a double). */
export function numberTimeCastKernel(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  if (isNumeric(from) && to.kind === 'timestamp') return secondsToTimestamp(from, to, mode)
  if (from.kind !== 'timestamp' || !isNumeric(to)) return undefined
  if (to.kind === 'float64') return timestampToSeconds(to)
  const narrow = castKernel(integerType, to, mode)
  return narrow === undefined ? undefined : (input, length, context) => narrow(wholeSeconds(input, length), length, context)
}

function secondsToTimestamp(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel {
  return (input, length) => {
    const seconds = input.values as Float64Array | Int32Array | BigInt64Array
    const out = new Float64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) continue
      const micros = Math.trunc(Number(seconds[i]) * secondMicros) + 0
      if (Math.abs(micros) <= maxMicros) out[i] = micros
      else if (mode === 'try') failures.add(i)
      else if (Number.isFinite(micros)) throw castOverflow(seconds[i], from, to)
      else throw castInvalidInput(String(seconds[i]), from, to)
    }
    return new Vector(to, length, failures.validity, out)
  }
}

function timestampToSeconds(to: DataType): CastKernel {
  const kernel: CastKernel = (input, length) => {
    const micros = input.values as Float64Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) out[i] = micros[i] / secondMicros
    return new Vector(to, length, input.validity, out)
  }
  kernel.safe = true
  return kernel
}

function wholeSeconds(input: Vector, length: number): Vector {
  const micros = input.values as Float64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = Math.floor(micros[i] / secondMicros)
  return new Vector(integerType, length, input.validity, out)
}
